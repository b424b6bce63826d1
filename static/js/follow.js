/**
 * Keeps the end of a growing text in view for a reader who went there, and for nobody else.
 *
 * Who presses "Jump to latest", or scrolls down to the end, follows until they scroll up. Whoever reads elsewhere is
 * left alone and sees the button.
 */

const NEAR_PX = 96;

export class Follower {
  #button;
  #end;
  #following = false;
  #lastScroll;
  #height = 0;

  /** @param {HTMLElement} button @param {() => Element|null} end returns the element whose lower edge is the end */
  constructor(button, end) {
    this.#button = button;
    this.#end = end;
    this.#lastScroll = window.scrollY;
    button.addEventListener("click", () => {
      this.#following = true;
      this.#goToEnd();
      this.update();
    });
    window.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    window.addEventListener("resize", () => this.update(), { passive: true });
  }

  /** Call after the text has grown, or has ended. */
  update() {
    const end = this.#end();
    if (end === null) {
      this.#button.hidden = true;
      this.#following = false;
      return;
    }
    if (this.#following) this.#goToEnd();
    this.#button.hidden = this.#distance(end) <= NEAR_PX;
  }

  #scrolled() {
    // A page that got shorter moves by itself; that is not the reader scrolling up.
    const height = document.documentElement.scrollHeight;
    const up = window.scrollY < this.#lastScroll - 2 && height >= this.#height;
    this.#height = height;
    const down = window.scrollY > this.#lastScroll + 2;
    this.#lastScroll = window.scrollY;
    const end = this.#end();
    if (end === null) return;
    const distance = this.#distance(end);
    if (up) this.#following = false;
    else if (down && distance <= NEAR_PX) this.#following = true;
    this.#button.hidden = distance <= NEAR_PX;
  }

  // How far the end lies below the part of the window that nothing covers.
  #distance(end) {
    return end.getBoundingClientRect().bottom - (window.innerHeight - this.#margin());
  }

  #margin() {
    return Number.parseFloat(getComputedStyle(document.documentElement).scrollPaddingBottom) || 24;
  }

  #goToEnd() {
    const distance = this.#distance(this.#end());
    if (Math.abs(distance) < 1 || (distance < 0 && distance > -window.innerHeight / 2)) return;
    window.scrollBy({ top: distance, behavior: "instant" });
    this.#lastScroll = window.scrollY;
  }
}
