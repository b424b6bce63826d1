/** The post's page: a claim and the card of its evidence are shown together. Without JavaScript the numbers lead there. */

const choose = (card) => {
  for (const claim of document.querySelectorAll(".claim")) {
    claim.classList.toggle("chosen", claim.dataset.card === card);
  }
};

addEventListener("hashchange", () => choose(location.hash.slice(1)));
choose(location.hash.slice(1));
