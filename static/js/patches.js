/**
 * Patches: what turns one JSON value into another, exactly as genisys/log/patches.py applies them. Pure.
 *
 * @typedef {{op: string, path: string, value?: any}} Operation
 */

/**
 * Apply RFC 6902's add, remove or replace, or our `append`, which adds text to the end of a string. The value is
 * changed in place where that is possible.
 * @param {any} value @param {Operation} operation @returns {any} the changed value
 */
export function patched(value, operation) {
  if (operation.path === "") return operation.op === "append" ? value + operation.value : operation.value;
  const parts = operation.path
    .slice(1)
    .split("/")
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
  const last = parts.pop();
  let place = value;
  for (const part of parts) place = place[part];
  if (Array.isArray(place)) {
    const index = last === "-" ? place.length : Number(last);
    if (operation.op === "add") place.splice(index, 0, operation.value);
    else if (operation.op === "remove") place.splice(index, 1);
    else place[index] = operation.op === "append" ? place[index] + operation.value : operation.value;
  } else if (operation.op === "remove") {
    delete place[last];
  } else {
    const next = operation.op === "append" ? place[last] + operation.value : operation.value;
    // Plain assignment to "__proto__" would set the prototype.
    Object.defineProperty(place, last, { value: next, writable: true, enumerable: true, configurable: true });
  }
  return value;
}
