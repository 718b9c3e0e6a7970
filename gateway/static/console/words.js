// The words that scripts say, in the officer's language, as the page brings them.
export const words = () => JSON.parse(document.getElementById("duty").dataset.words);
