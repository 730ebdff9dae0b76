// What Streamlit's own parts of the page say (the buttons over charts and tables, menus, lists of choices) in the language of the page.
// No tag may be written in here: the page would be kept from running it. The words are handed in: language and words[what is said otherwise] = what is said here.
(({ language, words }) => {
  const NAMED = ["aria-label", "title", "placeholder"];
  // A button over a chart is called "Show data:" and the chart's title.
  const told = (text) => {
    const [, said, rest] = text.match(/^\s*([^:]*?)\s*(:.*)?$/s);
    return words[said] && words[said] + (rest ?? "");
  };
  const say = (node) => {
    if (node.nodeType === Node.TEXT_NODE && told(node.data)) node.data = told(node.data);
    if (node.nodeType !== Node.ELEMENT_NODE) return;
    for (const name of NAMED) {
      const text = told(node.getAttribute(name) ?? "");
      if (text) node.setAttribute(name, text);
    }
    node.childNodes.forEach(say);
  };
  document.documentElement.lang = language;
  window.aftersalesWords?.disconnect();
  window.aftersalesWords = new MutationObserver((changes) =>
    changes.forEach((change) => (change.type === "childList" ? change.addedNodes.forEach(say) : say(change.target))),
  );
  say(document.body);
  window.aftersalesWords.observe(document.body, {
    attributeFilter: NAMED, characterData: true, childList: true, subtree: true,
  });
})
