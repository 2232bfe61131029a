<?php
// Subscribes to an address with Debian's SimplePie, and prints its reading of the feed as JSON.
error_reporting(E_ERROR);  // SimplePie 1.3.1 is older than PHP 8, which deprecates much of it
extension_loaded('xml') || exit("SimplePie needs Debian's package php-xml\n");
require '/usr/share/php/simplepie/autoloader.php';

// SimplePie 1.3.1's own reader of dates ends with an error in PHP 8.
class Dates extends SimplePie_Parse_Date
{
    public function __construct() {}

    public static function get()
    {
        return new Dates();
    }

    public function parse($date)
    {
        return strtotime($date);
    }
}

// In PHP 8 it also adds an empty query and fragment to addresses.
function address($address)
{
    return preg_replace('/\?#$/', '', $address);
}

function enclosure($enclosure)
{
    $caption = $enclosure->get_caption();
    $credit = $enclosure->get_credit();
    return [
        address($enclosure->get_link()), $enclosure->get_type(), $enclosure->get_length(),
        $caption ? $caption->get_text() : '', $credit ? $credit->get_name() : '',
    ];
}

function entry($item)
{
    return [
        'title' => $item->get_title(),
        'link' => $item->get_permalink(),
        'date' => $item->get_date('U'),
        'authors' => array_map(fn($author) => $author->get_name(), $item->get_authors() ?? []),
        'enclosures' => array_map('enclosure', $item->get_enclosures() ?? []),
        'text' => $item->get_content(),
    ];
}

$feed = new SimplePie();
$feed->get_registry()->register('Parse_Date', 'Dates');
$feed->enable_cache(false);
$feed->set_feed_url($argv[1]);
$feed->init() || exit($feed->error() . "\n");
$entries = [];
foreach ($feed->get_items() as $item) {
    $entries[$item->get_id()] = entry($item);
}
print json_encode([
    'url' => address($feed->subscribe_url()),
    'title' => $feed->get_title(),
    'page' => $feed->get_permalink(),
    'language' => $feed->get_language(),
    'entries' => $entries,
]);
