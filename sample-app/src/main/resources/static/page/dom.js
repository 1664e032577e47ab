// Everything that is shown is made here, and text is only ever text: nothing on this page is parsed as HTML.

const SVG = 'http://www.w3.org/2000/svg';

/** An element with a class and children; children that are not nodes become text. */
export function element(name, className, ...children) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...children.map((child) => (child instanceof Node ? child : String(child))));
  return made;
}

/** An SVG element with attributes. */
export function shape(name, attributes, text) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

/** Sets a text only if it is another one, so that screen readers and selections are left alone. */
export function say(target, text) {
  if (target.textContent !== text) target.textContent = text;
}
