/* The page of the API: Swagger UI, with the code to copy (`x-codeSamples`) that it does not show by itself. */

const Samples = () => ({
  wrapComponents: {
    responses: (Original, { React, specSelectors }) => (props) => {
      const samples = specSelectors.specJson().getIn(["paths", props.path, props.method, "x-codeSamples"]);
      const h = React.createElement;
      const shown = (samples ? samples.toJS() : []).map(({ label, source }) =>
        h("details", { key: label }, h("summary", null, label), h("pre", { tabIndex: 0 }, source)));
      return h("div", null, h("div", { className: "api-samples" }, shown), h(Original, props));
    },
  },
});

/* global SwaggerUIBundle */
SwaggerUIBundle({
  ...JSON.parse(document.getElementById("swagger-settings").textContent),
  dom_id: "#swagger-ui",
  presets: [SwaggerUIBundle.presets.apis, SwaggerUIBundle.SwaggerUIStandalonePreset],
  plugins: [Samples],
  requestInterceptor: (request) => {
    request.headers["X-CSRFToken"] = document.body.dataset.csrfToken;
    return request;
  },
});
