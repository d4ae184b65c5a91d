"""Where the load goes. Ask ops before you change this (http://www.starclub.example is live!)."""

core_url = "http://www.starclub.example"
iframe_url = "http://widgets.starclub.example"
static_url = 'http://static.starclub.example'
iframes = {"demo/fanclub": "fanclub", "demo/events": "events", "demo/store": "store"}
