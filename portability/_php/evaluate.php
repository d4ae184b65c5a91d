<?php
// STDIN: JSON {constants: {name: value, …}, claims: [[before, after, markup], …]}; texts in base64, a
// string value as {"bytes": base64}. Prints JSON: for each claim {equal, before, after, problem},
// and `broken` where PHP could unserialise a part of the text before, and can't after.
// A claim may hold literals, joined, the given constants and the encoders below; nothing else is run.

const ENCODERS = [
    'preg_quote', 'str_replace', 'base64_encode', 'serialize', 'rawurlencode', 'json_encode', 'htmlspecialchars', 'substr',
];
const DEEPEST = 100;
const MOST_SERIALISED = 200;
const SHORTEST_BASE64 = 12;

/** Why the text may not be run, or '' where it may. */
function objection(string $text, bool $markup, array $constants): string
{
    $tokens = token_get_all($markup ? $text : '<?php ' . $text . "\n;");
    if (!$markup) {
        $tokens = array_slice($tokens, 1, -1);
    }
    $depth = 0;
    $before = 'start';
    $tokens = significant($tokens);
    foreach ($tokens as $n => $token) {
        $now = kind($token, $tokens[$n + 1][1] ?? '', $markup, $constants);
        $opens = in_array($before, ['start', '(', ',', '.', '-', '+', 'encoder'], true);
        if ($now === '(' && !$opens) {
            return 'it calls something';
        }
        $depth += ($now === '(') - ($now === ')');
        if ($depth < 0 || $depth > DEEPEST) {
            return 'its parentheses do not fit, or are too deep';
        }
        if ($now === '') {
            return 'it holds ' . ($token[0] === 0 ? $token[1] : token_name($token[0])) . ", which is not run here";
        }
        $before = $now;
    }
    return '';
}

/** The tokens without space and comments, as [id, text]; a qualified name is one T_STRING on every version. */
function significant(array $tokens): array
{
    $ids = [];
    foreach (['T_NS_SEPARATOR', 'T_STRING', 'T_NAME_QUALIFIED', 'T_NAME_FULLY_QUALIFIED', 'T_NAME_RELATIVE'] as $name) {
        $ids[] = defined($name) ? constant($name) : -1;
    }
    $found = [];
    foreach ($tokens as $token) {
        [$id, $text] = is_array($token) ? $token : [0, $token];
        $last = count($found) - 1;
        if (in_array($id, [T_WHITESPACE, T_COMMENT, T_DOC_COMMENT], true)) {
            continue;
        }
        $isName = in_array($id, $ids, true);
        if ($isName && $last >= 0 && $found[$last][0] === T_STRING) {
            $found[$last][1] .= $text;
        } else {
            $found[] = [$isName ? T_STRING : $id, $text];
        }
    }
    return $found;
}

/** What a token is: 'literal', 'encoder', 'start' (of an expression), a sign, or '' for what may not stand there. */
function kind(array $token, string $next, bool $markup, array $constants): string
{
    [$id, $text] = $token;
    if ($id === 0) {
        return in_array($text, ['(', ')', ',', '.', '-', '+', '"', 'b"'], true) ? $text : '';
    }
    if ($id === T_STRING) {
        $bare = ltrim($text, '\\');
        if ($next === '(') {
            return in_array($bare, ENCODERS, true) ? 'encoder' : '';
        }
        $known = $text[0] === '\\' && array_key_exists($bare, $constants);
        return $known || in_array(strtolower($bare), ['true', 'false', 'null'], true) ? 'literal' : '';
    }
    if ($markup && in_array($id, [T_INLINE_HTML, T_OPEN_TAG_WITH_ECHO, T_CLOSE_TAG], true)) {
        return 'start';
    }
    $literals = [
        T_CONSTANT_ENCAPSED_STRING, T_ENCAPSED_AND_WHITESPACE, T_LNUMBER, T_DNUMBER, T_START_HEREDOC, T_END_HEREDOC,
    ];
    return in_array($id, $literals, true) ? 'literal' : '';
}

/** The value of an expression, or the output of page text. */
function value_of(string $text, bool $markup)
{
    if (!$markup) {
        return eval('return (' . $text . "\n);");
    }
    ob_start();
    try {
        eval('?>' . $text);
    } finally {
        $output = ob_get_clean();
    }
    return $output;
}

/** Where a text may hold what serialize() wrote, as offsets; those within base64 as texts of their own. */
function serialised(string $text): array
{
    $found = [];
    if (strpos($text, ':') !== false) {
        preg_match_all('/(?<![A-Za-z0-9_])[sSaOCE]:\d+:[{"]/', $text, $matches, PREG_OFFSET_CAPTURE);
        foreach (array_slice($matches[0], 0, MOST_SERIALISED) as [, $offset]) {
            $found[] = substr($text, $offset);
        }
    }
    if (strlen($text) >= SHORTEST_BASE64) {
        preg_match_all('#[A-Za-z0-9+/]{' . SHORTEST_BASE64 . ',}={0,2}#', $text, $tokens);
        foreach (array_slice($tokens[0], 0, MOST_SERIALISED) as $token) {
            $plain = base64_decode($token, true);
            $found = array_merge($found, $plain === false || $plain === $text ? [] : serialised($plain));
        }
    }
    return $found;
}

/** Whether unserialize() reads what stands at the beginning of a text. */
function unserialises(string $text): bool
{
    set_error_handler(static function (): bool {
        return true;
    });
    try {
        return unserialize($text, ['allowed_classes' => false]) !== false;
    } catch (Throwable $error) {
        return false;
    } finally {
        restore_error_handler();
    }
}

/** Whether PHP could unserialise something of the old text, and can't in the new one. */
function broken($old, $new): bool
{
    if (!is_string($old) || !is_string($new) || $old === $new) {
        return false;
    }
    $now = serialised($new);
    foreach (serialised($old) as $n => $text) {
        if (unserialises($text) && !(isset($now[$n]) && unserialises($now[$n]))) {
            return true;
        }
    }
    return false;
}

/** One claim's answer; whatever it throws is its own failure. */
function answer(string $before, string $after, bool $markup, array $constants): array
{
    $values = [];
    foreach ([$before, $after] as $text) {
        try {
            $problem = objection($text, $markup, $constants);
            if ($problem !== '') {
                return ['equal' => false, 'before' => null, 'after' => null, 'problem' => $problem];
            }
            $values[] = value_of($text, $markup);
        } catch (Throwable $error) {
            return ['equal' => false, 'before' => null, 'after' => null, 'problem' => 'PHP can not run it'];
        }
    }
    [$old, $new] = $values;
    return [
        'equal' => $old === $new,
        'before' => base64_encode((string) $old),
        'after' => base64_encode((string) $new),
        'broken' => broken($old, $new),
        'problem' => gettype($old) === gettype($new) ? '' : gettype($old) . ' became ' . gettype($new),
    ];
}

set_error_handler(function (int $level, string $message): bool {
    if ($level === E_DEPRECATED || $level === E_USER_DEPRECATED) {
        return true;
    }
    throw new ErrorException($message);
});
$asked = json_decode(stream_get_contents(STDIN), true);
$constants = [];
foreach ($asked['constants'] as $name => $value) {
    $constants[$name] = is_array($value) ? base64_decode($value['bytes']) : $value;
    define($name, $constants[$name]);
}
$answers = [];
foreach ($asked['claims'] as [$before, $after, $markup]) {
    $answers[] = answer(base64_decode($before), base64_decode($after), $markup, $constants);
}
echo json_encode($answers), "\n";
