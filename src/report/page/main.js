// Starts the parts of the page.
startTables();
startCopying();
zoom.start();
models.start();
captionTable.start();
breakdown.start();
startNavigation();
