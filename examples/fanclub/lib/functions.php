<?php
// Little helpers, grown since 2013. (Windows line ends: do not "fix" them, the diff is unreadable.)

function h($s) { return htmlspecialchars($s, ENT_QUOTES, 'UTF-8'); }

function euro($cents) { return number_format($cents / 100, 2) . ' EUR'; }

function asset($path, $host = "static.starclub.example") {
	return 'http://' . $host . '/' . ltrim($path, '/');
}

function is_own_url($url) {
	// www.starclub.example and the bare domain
	return (bool) preg_match('/^https?:\/\/(www\.)?starclub\.example\//', $url)
		|| preg_match('~^https?://static\.starclub\.example(/|$)~', $url);
}

function share_link($path) {
	return 'https://share.example.org/?u=http%3A%2F%2Fwww.starclub.example' . rawurlencode($path);
}

function player_config($id) {
	$json = '{"player":{"src":"https:\/\/d1fakestarclub.cloudfront.net\/media","api":"http:\/\/www.starclub.example\/demo"},"id":0}';
	$cfg = json_decode($json, true);
	$cfg['id'] = (int) $id;
	return json_encode($cfg, JSON_UNESCAPED_SLASHES);
}

function default_theme() {
	return unserialize('a:2:{s:4:"name";s:4:"dark";s:4:"logo";s:42:"http://static.starclub.example/img/alt.svg";}');
}

function img_base() {
	return 'https' . '://' . 'd1fakestarclub' . '.cloudfront' . '.net' . '/img';
}

function tracking_id() { return 'UA-000000-1'; }	// not a secret, see analytics docs: https://developers.google.com/analytics
