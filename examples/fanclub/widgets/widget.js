// Small box for our pages and for partners.
function widget(options) {
  var home = options.home || 'http://www.starclub.example/';
  var image = new Image();
  image.src = "https://d1fakestarclub.cloudfront.net/img/" + options.page + '.png';
  if (window.top !== window && document.referrer.indexOf('starclub.example') < 0) {
    window.top.location = home;
  }
}
