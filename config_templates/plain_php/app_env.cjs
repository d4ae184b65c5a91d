// This machine's values as properties (`AppEnv.DB_HOST`). Written by `portability apply`.
//
// The values come from current.json, which `portability render` writes. A missing, unreadable or damaged file,
// another environment than PORTABILITY_ENV says or another machine ends the program with code 78; a missing
// value throws.
'use strict';

const fs = require('fs');
const os = require('os');
const path = require('path');

const RENDER = 'run portability render --env NAME';

function stop(message) {
    process.stderr.write('portability: ' + message + '\n');
    process.exit(78);
}

function load() {
    const folder = path.resolve(__dirname, @@RENDERED@@);
    const asked = process.env.PORTABILITY_ENV || '';
    let name = path.join(folder, 'current.json');
    if (@@FALLBACK@@ && !asked && !fs.existsSync(name)) {
        name = path.join(folder, 'production.json');
    }
    let text = '';
    try {
        text = fs.readFileSync(name, 'utf8');
    } catch (error) {
        stop('no environment is rendered here: ' + name + ' is missing or unreadable; ' + RENDER);
    }
    const current = parsed(text);
    if (current === null) {
        stop(name + ' is damaged; ' + RENDER);
    }
    if (asked && asked !== current.environment) {
        stop(name + ' was rendered for ' + current.environment + ', but PORTABILITY_ENV is ' + asked);
    }
    if (current.host && !fits(os.hostname(), current.host)) {
        stop(name + ' was rendered for machines named ' + current.host + ', this is ' + os.hostname());
    }
    if (current.marker && line(current.marker.file) !== current.marker.holds) {
        stop(name + ' was rendered for another machine: ' + current.marker.file + ' says so');
    }
    return current.values;
}

function parsed(text) {
    try {
        const current = JSON.parse(text);
        const whole = typeof current.environment === 'string' && typeof current.host === 'string';
        return whole && current.values && typeof current.values === 'object' ? current : null;
    } catch (error) {
        return null;
    }
}

function fits(name, pattern) {
    const written = pattern.replace(/[.+^${}()|\\]/g, '\\$&').replace(/\*/g, '.*').replace(/\?/g, '.');
    return new RegExp('^' + written.replace(/\[!/g, '[^') + '$').test(name);
}

function line(file) {
    const bytes = Buffer.alloc(256);
    let length = 0;
    try {
        const handle = fs.openSync(file, 'r');
        length = fs.readSync(handle, bytes, 0, bytes.length, 0);
        fs.closeSync(handle);
    } catch (error) {
        return '';
    }
    return bytes.toString('utf8', 0, length).split('\n')[0].trim();
}

const ASKED_BY_LANGUAGE = ['__esModule', 'constructor', 'default', 'inspect', 'then', 'toJSON'];

module.exports = new Proxy(Object.freeze(load()), {
    get(values, key) {
        const known = typeof key !== 'string' || Object.prototype.hasOwnProperty.call(values, key);
        if (!known && !ASKED_BY_LANGUAGE.includes(key)) {
            throw new ReferenceError('portability: ' + key + ' has no value here');
        }
        return values[key];
    },
});
