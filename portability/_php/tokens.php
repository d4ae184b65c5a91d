<?php
// STDIN: JSON {files: [{before, after, spans: [[start, end, start, end], …]}, …]}, the texts in base64.
// Prints JSON: for each file null, or [byte of the old text, what is there] where the tokens outside of
// the spans are not the same. A span is [bytes of the old text, bytes of the new one].

/** The tokens outside of the spans (each [start, end]), as [id, text, byte]; a span is [-1, number, byte]. */
function outside(array $tokens, string $text, array $spans): array
{
    $found = [];
    $at = 0;
    $next = 0;
    foreach ($tokens as $token) {
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

/**
 * Whether the tokens outside of the spans are the same for sure, told without making lists of them. Where a span
 * behind the first begins or ends inside a token this tells nothing: false.
 */
function surely_same(array $one, string $before, array $old, array $two, string $after, array $new): bool
{
    [$i, $at] = behind($one, $old[0][1] ?? 0);
    [$j, $to] = behind($two, $new[0][1] ?? 0);
    $head = [array_slice($old, 0, 1), array_slice($new, 0, 1)];
    $first = outside(array_slice($one, 0, $i), $before, $head[0]);
    if (difference($first, outside(array_slice($two, 0, $j), $after, $head[1])) !== null) {
        return false;
    }
    $count = count($one);
    for ($n = 1; $n <= count($old); $n++) {
        [$from, $end] = $old[$n] ?? [strlen($before), strlen($before)];
        [$start, $stop] = $new[$n] ?? [strlen($after), strlen($after)];
        while ($i < $count && $at < $from) {
            $token = $one[$i++];
            $other = $two[$j++] ?? null;
            if (is_array($token)) {
                if (!is_array($other) || $token[0] !== $other[0] || $token[1] !== $other[1]) {
                    return false;
                }
                $token = $token[1];
            } elseif ($token !== $other) {
                return false;
            }
            $at += strlen($token);
            $to += strlen($token);
        }
        if ($at !== $from || $to !== $start) {
            return false;
        }
        for (; $at < $end && $i < $count; $i++) {
            $at += strlen(is_array($one[$i]) ? $one[$i][1] : $one[$i]);
        }
        for (; $to < $stop && $j < count($two); $j++) {
            $to += strlen(is_array($two[$j]) ? $two[$j][1] : $two[$j]);
        }
        if ($at !== $end || $to !== $stop) {
            return false;
        }
    }
    return $i === $count && $j === count($two);
}

/** The first token from that byte on that is never joined with the one before it, and the byte of it. */
function behind(array $tokens, int $byte): array
{
    $at = 0;
    foreach ($tokens as $n => $token) {
        $id = is_array($token) ? $token[0] : 0;
        if ($at >= $byte && $id !== T_WHITESPACE && $id !== T_INLINE_HTML && $id !== T_OPEN_TAG) {
            return [$n, $at];
        }
        $at += strlen(is_array($token) ? $token[1] : $token);
    }
    return [count($tokens), $at];
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
    [$before, $after] = [base64_decode($file['before']), base64_decode($file['after'])];
    [$one, $two] = [token_get_all($before), token_get_all($after)];
    $answers[] = surely_same($one, $before, $old, $two, $after, $new)
        ? null
        : difference(outside($one, $before, $old), outside($two, $after, $new));
}
echo json_encode($answers), "\n";
