// What the server wrote into the page for its scripts.
export const page = JSON.parse(document.getElementById("page").textContent);

export function may(scope) {
  return page.scopes.includes(scope);
}
