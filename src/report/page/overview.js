// The page of several data sets: its images, and the start of its parts.
const data = JSON.parse(document.getElementById('data').textContent);

function captionsOfRow(row) {
  return data.captions[row];
}

startCopying();
zoom.start();
models.start();
sideBySide.start();
startNavigation();
