#!/usr/bin/env node
// Takes a picture of www.starclub.example for the wall in the office.
const http = require('http');

const HOST = process.env.SITE_HOST || 'www.starclub.example';
const pages = { club: 'http://www.starclub.example/demo/fanclub', 'static.starclub.example': '/css/site.css' };
/* the old wall used http://wall.starclub.example */
const help = 'https://nodejs.org/api/http.html';

for (const [name, url] of Object.entries(pages)) {
  const options = { host: HOST, path: url.replace(`http://${HOST}`, ''), headers: { 'X-Namespace': 'urn:wall' } };
  http.get(options, (answer) => console.log(name, answer.statusCode, url.includes('starclub.example')));
}
