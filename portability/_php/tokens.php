<?php
// STDIN: JSON {files: [{before, after, spans: [[start, end, start, end], …]}, …]}, the texts in base64.
// Prints JSON: for each file null, or [byte of the old text, what is there] where the tokens outside of
// the spans are not the same. A span is [bytes of the old text, bytes of the new one].

/** The tokens of a text outside of the spans (each [start, end]), as [id, text, byte]; a span is [-1, number, byte]. */
function outside(string $text, array $spans): array
{
    $found = [];
    $at = 0;
    $next = 0;
    foreach (token_get_all($text) as $token) {
        [$id, $part] = is_array($token) ? $token : [0, $token];
        $end = $at + strlen($part);
        while ($next < count($spans) && $spans[$next][0] < $end) {
            [$from, $to] = $spans[$next];
            if ($from > $at) {
                add($found, $id, substr($text, $at, $from - $at), $at, true);
                $at = $from;
            }
            if ($to > $end) {
                $at = $end;
                continue 2;
            }
            add($found, -1, (string) $next, $from, false);
            $at = max($at, $to);
            $next++;
        }
        if ($at < $end) {
            $whole = $end - $at === strlen($part);
            add($found, $id, $whole ? $part : substr($text, $at, $end - $at), $at, !$whole);
        }
        $at = $end;
    }
    for (; $next < count($spans); $next++) {
        add($found, -1, (string) $next, $spans[$next][0], false);
    }
    return $found;
}

/**
 * Adds a token or a cut-off part of one. A cut takes the line end from an open tag (white space then) or
 * from a closing tag (page text then); such parts are joined with their neighbours of the same kind.
 */
function add(array &$found, int $id, string $text, int $at, bool $cut): void
{
    if ($cut && $id === T_OPEN_TAG && trim($text) === '') {
        $id = T_WHITESPACE;
    } elseif ($cut && $id === T_CLOSE_TAG && trim($text) === '') {
        $id = T_INLINE_HTML;
    }
    if ($id === T_OPEN_TAG && rtrim($text) !== $text) {
        $tag = rtrim($text);
        $found[] = [$id, $tag, $at];
        $id = T_WHITESPACE;
        $at += strlen($tag);
        $text = substr($text, strlen($tag));
    }
    $last = count($found) - 1;
    if (($id === T_WHITESPACE || $id === T_INLINE_HTML) && $last >= 0 && $found[$last][0] === $id) {
        $found[$last][1] .= $text;
        return;
    }
    $found[] = [$id, $text, $at];
}

/** Null, or where and how the two lists differ first. */
function difference(array $before, array $after): ?array
{
    $both = min(count($before), count($after));
    for ($n = 0; $n < $both; $n++) {
        if ($before[$n][0] !== $after[$n][0] || $before[$n][1] !== $after[$n][1]) {
            [$old, $new] = [kind($before[$n]), kind($after[$n])];
            return [$before[$n][2], $old === $new ? $old . ' changed' : $old . ' became ' . $new];
        }
    }
    if (count($before) === count($after)) {
        return null;
    }
    $rest = count($before) > $both ? [$before[$both], ' was lost'] : [$after[$both], ' was added'];
    $last = $both > 0 ? $before[$both - 1][2] : 0;
    return [$last, kind($rest[0]) . $rest[1]];
}

function kind(array $token): string
{
    if ($token[0] === -1) {
        return 'an edit';
    }
    return $token[0] === 0 ? $token[1] : token_name($token[0]);
}

$asked = json_decode(stream_get_contents(STDIN), true);
$answers = [];
foreach ($asked['files'] as $file) {
    $old = $new = [];
    foreach ($file['spans'] as $span) {
        $old[] = [$span[0], $span[1]];
        $new[] = [$span[2], $span[3]];
    }
    $answers[] = difference(
        outside(base64_decode($file['before']), $old),
        outside(base64_decode($file['after']), $new)
    );
}
echo json_encode($answers), "\n";
