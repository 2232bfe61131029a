<?php
/**
 * Plugin Name: feedsvc
 * Description: Publishes, corrects and withdraws stories in feedsvc as they change here.
 * Version: 0.1.0
 * Requires at least: 5.6
 * Requires PHP: 7.2
 * Author: the feedsvc authors
 * License: BSD-3-Clause
 * License URI: https://opensource.org/license/bsd-3-clause
 * Text Domain: feedsvc
 *
 * A change of a post makes a job: a row of the options, which names the post and nothing of its
 * content. The job is done at the end of the request, or by wp-cron as often as it takes: it reads
 * the post as it is then, and writes that to feedsvc under the condition that the record there is
 * still the one it has seen. So no order of saves and of failures leaves an older text in place.
 */

defined( 'ABSPATH' ) || exit;

const FEEDSVC_JOB = 'feedsvc_job_';
const FEEDSVC_TIMEOUT = 8; // seconds for one request: an editor may wait for it
const FEEDSVC_BATCH = 50; // posts that are looked up at once when everything is sent

// --- Settings -------------------------------------------------------------------------------

function feedsvc_settings() {
	$settings = array_merge(
		array(
			'url'       => '',
			'token'     => '',
			'name'      => 'wordpress',
			'on_trash'  => 'delete',
			'on_delete' => 'delete',
			'kill_note' => __( 'This story has been withdrawn.', 'feedsvc' ),
		),
		(array) get_option( 'feedsvc', array() )
	);
	foreach ( array( 'url' => 'FEEDSVC_URL', 'token' => 'FEEDSVC_TOKEN' ) as $key => $constant ) {
		if ( defined( $constant ) ) {
			$settings[ $key ] = constant( $constant );
		}
	}
	$settings['url'] = rtrim( $settings['url'], '/' );
	return $settings;
}

function feedsvc_withdrawals() {
	return array(
		'delete'   => __( 'delete it: it leaves the feeds, which list it as deleted', 'feedsvc' ),
		'withhold' => __( 'withhold it: it leaves the feeds, and nothing is said of it', 'feedsvc' ),
		'kill'     => __( 'kill it: a notice takes its place in every feed', 'feedsvc' ),
	);
}

/** Return the settings that were sent from their page; an empty token keeps the one before. */
function feedsvc_checked_settings( $given ) {
	$given  = (array) $given;
	$before = feedsvc_settings();
	$name   = sanitize_title( isset( $given['name'] ) ? $given['name'] : '' );
	$token  = trim( isset( $given['token'] ) ? $given['token'] : '' );
	$url    = esc_url_raw( trim( isset( $given['url'] ) ? $given['url'] : '' ), array( 'http', 'https' ) );
	$note   = sanitize_textarea_field( isset( $given['kill_note'] ) ? $given['kill_note'] : '' );
	$kept   = array(
		'url'       => preg_replace( '#/(api/v1)?/*$#', '', $url ),
		'token'     => '' === $token ? $before['token'] : $token,
		// The ids of articles begin with it, and an id never changes.
		'name'      => '' === $name || feedsvc_has_begun() ? $before['name'] : $name,
		'kill_note' => '' === $note ? $before['kill_note'] : $note,
	);
	foreach ( array( 'on_trash', 'on_delete' ) as $key ) {
		$known        = isset( $given[ $key ] ) && isset( feedsvc_withdrawals()[ $given[ $key ] ] );
		$kept[ $key ] = $known ? $given[ $key ] : $before[ $key ];
	}
	return $kept;
}

function feedsvc_has_begun() {
	global $wpdb;
	return (bool) $wpdb->get_var( "SELECT 1 FROM $wpdb->postmeta WHERE meta_key = '_feedsvc_state' LIMIT 1" );
}

function feedsvc_post_types() {
	return (array) apply_filters( 'feedsvc_post_types', array( 'post' ) );
}

// --- The record of a post -------------------------------------------------------------------

/** Return plain text: without tags, and with characters in the place of entities. */
function feedsvc_text( $html ) {
	return trim( html_entity_decode( wp_strip_all_tags( $html ), ENT_QUOTES | ENT_HTML5, 'UTF-8' ) );
}

/** Return all keys of the record that a post decides; null for one that the record is not to have. */
function feedsvc_record( $post ) {
	$sections = feedsvc_sections( $post );
	$tags     = get_the_tags( $post->ID );
	$record   = array(
		// Feeds write the guid as it stands in the database, so readers have it without entities.
		'guid'      => html_entity_decode( get_the_guid( $post ), ENT_QUOTES | ENT_HTML5, 'UTF-8' ),
		'origin'    => array(
			'system'  => feedsvc_settings()['name'],
			'id'      => (string) $post->ID,
			'revised' => feedsvc_moment( get_post_modified_time( 'U', true, $post ) ),
		),
		'headline'  => feedsvc_text( get_the_title( $post ) ),
		'summary'   => feedsvc_text( wptexturize( $post->post_excerpt ) ),
		'byline'    => feedsvc_byline( $post ),
		'published' => feedsvc_moment( get_post_time( 'U', true, $post ) ),
		'section'   => 1 === count( $sections ) ? $sections[0] : null,
		'sections'  => count( $sections ) > 1 ? array_slice( $sections, 0, 10 ) : null,
		'keywords'  => array_map( 'feedsvc_text', wp_list_pluck( is_array( $tags ) ? $tags : array(), 'name' ) ),
		'image'     => feedsvc_image( (int) get_post_thumbnail_id( $post ) ),
		'url'       => get_permalink( $post ),
		'body'      => null,
		'body_html' => feedsvc_body( $post ),
	);
	foreach ( $record as $key => $value ) {
		$record[ $key ] = '' === $value || array() === $value ? null : $value;
	}
	return (array) apply_filters( 'feedsvc_record', $record, $post );
}

function feedsvc_moment( $seconds ) {
	return gmdate( 'Y-m-d\TH:i:s\Z', (int) $seconds );
}

/** Return the text as the site shows it; shortcodes and blocks ask for the global post. */
function feedsvc_body( $post ) {
	$before          = isset( $GLOBALS['post'] ) ? $GLOBALS['post'] : null;
	$GLOBALS['post'] = $post;
	setup_postdata( $post );
	$body            = apply_filters( 'the_content', $post->post_content );
	$GLOBALS['post'] = $before;
	if ( $before ) {
		setup_postdata( $before );
	}
	return $body;
}

/** Return the names of the authors, of Co-Authors Plus where that is there. */
function feedsvc_byline( $post ) {
	$authors = function_exists( 'get_coauthors' ) ? get_coauthors( $post->ID ) : array();
	$authors = $authors ? $authors : array( get_userdata( $post->post_author ) );
	return array_values( array_filter( array_map( 'feedsvc_text', wp_list_pluck( array_filter( $authors ), 'display_name' ) ) ) );
}

/** Return the paths of the categories, the primary one first, without those above another one. */
function feedsvc_sections( $post ) {
	$primary = (int) get_post_meta( $post->ID, '_yoast_wpseo_primary_category', true );
	$paths   = array();
	foreach ( get_the_category( $post->ID ) as $category ) {
		$path = array( urldecode( $category->slug ) );
		foreach ( get_ancestors( $category->term_id, 'category', 'taxonomy' ) as $above ) {
			array_unshift( $path, urldecode( get_term( $above )->slug ) );
		}
		$paths[ $category->term_id ] = implode( '/', $path );
	}
	if ( isset( $paths[ $primary ] ) ) {
		$paths = array( $primary => $paths[ $primary ] ) + $paths;
	}
	$lowest = array_filter(
		$paths,
		function ( $path ) use ( $paths ) {
			return ! preg_grep( '#^' . preg_quote( $path, '#' ) . '/#', $paths );
		}
	);
	return array_values( $lowest );
}

/** Return the featured picture; null where there is none, or others may not have it. */
function feedsvc_image( $id ) {
	$source = $id ? wp_get_attachment_image_src( $id, 'full' ) : false;
	if ( ! $source || ! feedsvc_may_distribute( $id ) ) {
		return null;
	}
	$credits = array_filter( array( get_post_meta( $id, '_media_credit', true ), get_post_meta( $id, '_navis_media_credit_org', true ) ) );
	$image   = array(
		'url'     => $source[0],
		'caption' => feedsvc_text( wptexturize( (string) wp_get_attachment_caption( $id ) ) ),
		'credit'  => feedsvc_text( implode( ' / ', array_unique( $credits ) ) ),
		'alt'     => feedsvc_text( (string) get_post_meta( $id, '_wp_attachment_image_alt', true ) ),
	);
	return array_filter( $image, 'strlen' );
}

/** Return whether a picture may leave the site: where newsrooms mark such pictures, it is marked. */
function feedsvc_may_distribute( $id ) {
	global $wpdb;
	if ( get_post_meta( $id, '_navis_media_can_distribute', true ) ) {
		return true;
	}
	return ! $wpdb->get_var( "SELECT 1 FROM $wpdb->postmeta WHERE meta_key = '_navis_media_can_distribute' AND meta_value NOT IN ('', '0') LIMIT 1" );
}

// --- Requests -------------------------------------------------------------------------------

/**
 * Send a request; return its status (0 without an answer), the answer, a sentence about an error,
 * the entity tag, the seconds after which feedsvc wants to be asked again, and the moment there.
 */
function feedsvc_request( $method, $path, $body = null, $condition = array() ) {
	$settings = feedsvc_settings();
	$type     = 'PATCH' === $method ? 'application/merge-patch+json' : 'application/json';
	$headers  = array( 'Authorization' => 'Bearer ' . $settings['token'] ) + $condition;
	$flags    = JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE;
	$response = wp_remote_request(
		$settings['url'] . '/api/v1' . $path,
		array(
			'method'      => $method,
			'timeout'     => FEEDSVC_TIMEOUT,
			'redirection' => 0, // a redirect would turn a write into a GET
			'headers'     => null === $body ? $headers : $headers + array( 'Content-Type' => $type ),
			'body'        => null === $body ? null : wp_json_encode( $body, $flags ),
		)
	);
	if ( is_wp_error( $response ) ) {
		return array( 'status' => 0, 'answer' => array(), 'error' => $response->get_error_message(), 'etag' => '', 'wait' => 0 );
	}
	$answer = json_decode( wp_remote_retrieve_body( $response ), true );
	$status = (int) wp_remote_retrieve_response_code( $response );
	return array(
		'status' => $status,
		'answer' => is_array( $answer ) ? $answer : array(),
		'error'  => $status < 300 ? '' : feedsvc_sentence( $status, $answer ),
		'etag'   => (string) wp_remote_retrieve_header( $response, 'etag' ),
		'wait'   => (int) wp_remote_retrieve_header( $response, 'retry-after' ),
		'now'    => strtotime( (string) wp_remote_retrieve_header( $response, 'date' ) ),
	);
}

/** Return the problem of an answer (RFC 9457) in one line. */
function feedsvc_sentence( $status, $answer ) {
	if ( ! is_array( $answer ) || ! isset( $answer['detail'] ) ) {
		/* translators: %d: a status of HTTP */
		return sprintf( __( 'There is no feedsvc at this address: it answers %d.', 'feedsvc' ), $status );
	}
	$lines = array();
	foreach ( isset( $answer['errors'] ) ? $answer['errors'] : array() as $error ) {
		$lines[] = trim( ltrim( $error['pointer'], '/' ) . ' ' . $error['detail'] );
	}
	return $lines ? implode( '; ', $lines ) : $answer['detail'];
}

// --- Sending one post -----------------------------------------------------------------------

/** Return the wish for a post: publish, withhold, delete or kill it. */
function feedsvc_wish( $post ) {
	if ( ! $post ) {
		return feedsvc_settings()['on_delete'];
	}
	if ( 'trash' === $post->post_status ) {
		return feedsvc_settings()['on_trash'];
	}
	$public = 'publish' === $post->post_status && '' === $post->post_password;
	return $public && in_array( $post->post_type, feedsvc_post_types(), true ) ? 'publish' : 'withhold';
}

/**
 * Bring feedsvc to the state of a post.
 *
 * @param int    $id    Of the post.
 * @param string $state The state that a post had when it was deleted for good.
 * @return array 'error' (a sentence, empty when done), 'again' (whether to try again), 'wait',
 *               'status' of the last answer.
 */
function feedsvc_send( $id, $state = '' ) {
	$settings = feedsvc_settings();
	if ( '' === $settings['url'] || '' === $settings['token'] ) {
		return feedsvc_outcome( array( 'error' => __( 'Address or token are missing: Settings → feedsvc.', 'feedsvc' ) ), true );
	}
	$user = get_current_user_id();
	wp_set_current_user( 0 ); // the text that all may read: plugins often show editors more
	for ( $tries = 0; $tries < 10; $tries++ ) {
		$there = feedsvc_request( 'GET', '/articles' . feedsvc_path( $id ) );
		if ( ! in_array( $there['status'], array( 200, 404 ), true ) ) {
			break;
		}
		// The post is read after the record: a save that comes between changes the record first.
		feedsvc_forget_cached( $id );
		$there = feedsvc_write( $id, get_post( $id ), $there, $state );
		if ( ! in_array( $there['status'], array( 404, 412 ), true ) ) {
			break;
		}
	}
	wp_set_current_user( $user );
	return feedsvc_outcome( $there, ! in_array( $there['status'], array( 400, 409, 413, 415, 422 ), true ) );
}

function feedsvc_path( $id ) {
	return '/' . feedsvc_settings()['name'] . "/$id";
}

function feedsvc_outcome( $reply, $again ) {
	return array_merge( array( 'status' => 0, 'wait' => 0, 'error' => '' ), $reply, array( 'again' => $again ) );
}

function feedsvc_forget_cached( $id ) {
	wp_cache_delete( $id, 'posts' );
	wp_cache_delete( $id, 'post_meta' );
	if ( get_post( $id ) ) {
		clean_object_term_cache( $id, get_post( $id )->post_type );
	}
}

/** Write the state of a post over a record that was read; return the reply. */
function feedsvc_write( $id, $post, $there, $state ) {
	$record = 404 === $there['status'] ? null : $there['answer'];
	$status = $record && isset( $record['status'] ) ? $record['status'] : 'usable';
	$wish   = feedsvc_wish( $post );
	$state  = $post ? (string) get_post_meta( $id, '_feedsvc_state', true ) : $state;
	$ours   = 'usable' === $status || $state === $status; // else it was withdrawn in feedsvc
	if ( 'publish' !== $wish ) {
		$nothing = ! $record || ! $ours || 'canceled' === $status || ( 'withhold' === $wish && 'withheld' === $status );
		return $nothing ? array( 'status' => 200 ) : feedsvc_withdraw( $id, $post, $wish, $there['etag'] );
	}
	if ( $ours ) {
		return feedsvc_publish( $id, $post, $record, $status, $there );
	}
	/* translators: %s: withheld, canceled or draft */
	$sentence = __( 'This story is "%s" in feedsvc, so it stays out of the feeds. Publish it again there.', 'feedsvc' );
	return array( 'status' => 409, 'error' => sprintf( $sentence, $status ) );
}

function feedsvc_withdraw( $id, $post, $wish, $etag ) {
	$match = array( 'If-Match' => $etag );
	if ( $post ) {
		// Before the request, whose answer may be lost: a story that this site has withdrawn may
		// come back from here, one that was withdrawn in feedsvc may not.
		$states = array( 'delete' => 'deleted', 'kill' => 'canceled', 'withhold' => 'withheld' );
		update_post_meta( $id, '_feedsvc_state', $states[ $wish ] );
	}
	if ( 'delete' === $wish ) {
		return feedsvc_request( 'DELETE', '/articles' . feedsvc_path( $id ), null, $match );
	}
	$body = 'kill' === $wish ? array( 'note' => feedsvc_settings()['kill_note'] ) : (object) array();
	return feedsvc_request( 'POST', "/acts/$wish" . feedsvc_path( $id ), $body, $match );
}

/** Publish a post, or bring its record to its state; keys that the post does not decide stay. */
function feedsvc_publish( $id, $post, $record, $status, $there ) {
	$changes     = feedsvc_record( $post );
	// The moment there, which servers tell late by up to a second; later than the post in any case.
	$now         = feedsvc_moment( max( $there['now'], get_post_time( 'U', true, $post ) + 1 ) );
	$corrections = (array) get_post_meta( $id, '_feedsvc_correction' );
	if ( 'canceled' === $status ) { // the notice of the kill must not stay
		$record['note'] = array();
		$corrections[]  = array( 'date' => feedsvc_moment( time() ), 'text' => __( 'This story had been withdrawn. It is published again.', 'feedsvc' ) );
	}
	$changes += $record && 'usable' !== $status ? array( 'status' => null ) : array();
	if ( $corrections ) {
		// By the clock of feedsvc, where a later moment would make the correction wait for it.
		$changes['updated'] = min( $now, max( wp_list_pluck( $corrections, 'date' ) ) );
		$changes['note']    = feedsvc_notes( $record, $corrections, $now );
	}
	if ( $record ) {
		$reply = feedsvc_request( 'PATCH', '/articles' . feedsvc_path( $id ), $changes, array( 'If-Match' => $there['etag'] ) );
	} else {
		$changes = array_filter(
			$changes,
			function ( $value ) {
				return null !== $value;
			}
		);
		$reply   = feedsvc_request( 'PUT', '/articles' . feedsvc_path( $id ), $changes, array( 'If-None-Match' => '*' ) );
	}
	if ( '' === $reply['error'] ) {
		update_post_meta( $id, '_feedsvc_state', 'sent' );
		foreach ( $corrections as $correction ) {
			delete_post_meta( $id, '_feedsvc_correction', wp_slash( $correction ) );
		}
	}
	return $reply;
}

/** Return the notes of a record and of corrections, each once; null for none. */
function feedsvc_notes( $record, $corrections, $now ) {
	$notes = $record && isset( $record['note'] ) ? $record['note'] : array();
	if ( is_string( $notes ) ) {
		$date  = isset( $record['updated'] ) ? $record['updated'] : $record['published'];
		$notes = array( array( 'date' => $date, 'text' => $notes ) );
	}
	foreach ( $corrections as $correction ) {
		$known = array_filter(
			$notes,
			function ( $note ) use ( $correction ) { // it has arrived, and the answer was lost
				return $note['text'] === $correction['text'] && abs( strtotime( $note['date'] ) - strtotime( $correction['date'] ) ) < HOUR_IN_SECONDS;
			}
		);
		// A correction without a note is an update: it moves the date alone.
		if ( '' !== $correction['text'] && ! $known ) {
			$notes[] = array( 'date' => min( $now, $correction['date'] ) ) + $correction;
		}
	}
	return $notes ? $notes : null;
}

// --- Jobs -----------------------------------------------------------------------------------

/** Note that a post has changed; send it at the end of this request. */
function feedsvc_note( $id, $state = '' ) {
	static $noted = array(), $states = array();
	// While a post is deleted for good, its picture is taken from it, too: its state stays known.
	$states[ $id ] = '' !== $state || ! isset( $states[ $id ] ) ? $state : $states[ $id ];
	if ( ! $noted ) {
		add_action(
			'shutdown',
			function () use ( &$noted ) {
				if ( function_exists( 'fastcgi_finish_request' ) ) {
					fastcgi_finish_request(); // nobody waits for feedsvc
				}
				feedsvc_work( array_keys( $noted ), 10 );
			}
		);
	}
	$noted[ $id ] = true;
	feedsvc_add_job( $id, $states[ $id ] );
	if ( ! wp_next_scheduled( 'feedsvc_work' ) ) {
		wp_schedule_single_event( time() + 60, 'feedsvc_work' );
	}
}

/** Keep a new job, and return it. Each is a row of its own, so requests at the same time lose none. */
function feedsvc_add_job( $id, $state = '', $wait = 60 ) {
	global $wpdb;
	// Until it is due, this request is at it. Two that meet do no harm.
	$job = array( 'id' => $id, 'state' => $state, 'tries' => 0, 'next' => time() + $wait, 'error' => '' );
	$row = wp_json_encode( $job + array( 'at' => uniqid( '', true ) ) );
	$wpdb->replace( $wpdb->options, array( 'option_name' => FEEDSVC_JOB . $job['id'], 'option_value' => $row, 'autoload' => 'no' ) );
	return $job + array( 'row' => $row );
}

/** Return all jobs by the ids of their posts, the first that is due first. */
function feedsvc_jobs() {
	global $wpdb;
	$like = $wpdb->esc_like( FEEDSVC_JOB ) . '%';
	$jobs = array();
	foreach ( $wpdb->get_col( $wpdb->prepare( "SELECT option_value FROM $wpdb->options WHERE option_name LIKE %s", $like ) ) as $row ) {
		$job                = json_decode( $row, true );
		$job['row']         = $row;
		$jobs[ $job['id'] ] = $job;
	}
	uasort(
		$jobs,
		function ( $one, $other ) {
			return $one['next'] - $other['next'];
		}
	);
	return $jobs;
}

/**
 * Do jobs, and go on with sending everything.
 *
 * @param int[]|null $ids     Of posts; null for all that are due.
 * @param int        $seconds After which no further one is begun.
 */
function feedsvc_work( $ids = null, $seconds = 20 ) {
	$end = microtime( true ) + $seconds;
	foreach ( feedsvc_jobs() as $id => $job ) {
		$due = null === $ids ? $job['next'] <= time() : in_array( $id, $ids, true );
		if ( $due && microtime( true ) < $end && ! feedsvc_do_job( $job ) ) {
			$end = 0; // feedsvc does not answer, so it does not for the others
		}
	}
	if ( null === $ids ) {
		feedsvc_send_more( $end );
	}
	feedsvc_schedule();
}

/** Do a job; return whether feedsvc answered at all. */
function feedsvc_do_job( $job ) {
	global $wpdb;
	$id      = $job['id'];
	$outcome = feedsvc_send( $id, $job['state'] );
	$failed  = '' !== $outcome['error'];
	if ( $failed && ( $outcome['again'] || ! get_post( $id ) ) ) {
		feedsvc_postpone( $job, $outcome );
	} else {
		// A job that was noted again meanwhile has another value.
		$wpdb->delete( $wpdb->options, array( 'option_name' => FEEDSVC_JOB . $id, 'option_value' => $job['row'] ) );
	}
	if ( get_post( $id ) ) {
		update_post_meta( $id, '_feedsvc_error', $outcome['error'] );
		update_post_meta( $id, '_feedsvc_time', time() );
	}
	return 0 !== $outcome['status'];
}

/** Have a job tried again: after a minute, then each time twice as long, after an hour at most. */
function feedsvc_postpone( $job, $outcome ) {
	global $wpdb;
	$wait          = max( min( 60 * 2 ** min( $job['tries'], 10 ), HOUR_IN_SECONDS ), min( $outcome['wait'], DAY_IN_SECONDS ) );
	$row           = $job['row'];
	$job['tries'] += 1;
	$job['next']   = time() + $wait;
	$job['error']  = $outcome['error'];
	unset( $job['row'] );
	$wpdb->update(
		$wpdb->options,
		array( 'option_value' => wp_json_encode( $job ) ),
		array( 'option_name' => FEEDSVC_JOB . $job['id'], 'option_value' => $row )
	);
}

/** Have all jobs done now, as with another address or token. */
function feedsvc_retry() {
	foreach ( feedsvc_jobs() as $job ) {
		feedsvc_add_job( $job['id'], $job['state'], 0 );
	}
	wp_clear_scheduled_hook( 'feedsvc_work' );
	wp_schedule_single_event( time(), 'feedsvc_work' );
}
add_action( 'add_option_feedsvc', 'feedsvc_retry' );
add_action( 'update_option_feedsvc', 'feedsvc_retry' );

/** Schedule the next run where there is anything to do. */
function feedsvc_schedule() {
	$jobs    = feedsvc_jobs();
	$next    = $jobs ? max( reset( $jobs )['next'], time() + 1 ) : 0;
	$next    = get_option( 'feedsvc_everything' ) ? time() + 1 : $next;
	$planned = wp_next_scheduled( 'feedsvc_work' );
	if ( $next && ( ! $planned || $planned > $next ) ) {
		wp_clear_scheduled_hook( 'feedsvc_work' );
		wp_schedule_single_event( $next, 'feedsvc_work' );
	}
}

// --- Sending everything ---------------------------------------------------------------------

function feedsvc_send_everything() {
	update_option( 'feedsvc_everything', array( 'before' => PHP_INT_MAX, 'sent' => 0 ), false );
	feedsvc_work();
}

/** Send posts from the newest to the oldest until a moment; one that fails becomes a job. */
function feedsvc_send_more( $end ) {
	while ( microtime( true ) < $end && ( $place = get_option( 'feedsvc_everything' ) ) ) {
		$ids = feedsvc_ids_before( $place['before'] );
		if ( ! $ids ) {
			delete_option( 'feedsvc_everything' );
			return;
		}
		foreach ( $ids as $id ) {
			$answers = feedsvc_do_job( feedsvc_add_job( $id ) );
			$place   = array( 'before' => $id, 'sent' => $place['sent'] + 1 );
			if ( ! $answers || microtime( true ) >= $end ) {
				$end = 0;
				break;
			}
		}
		update_option( 'feedsvc_everything', $place, false );
	}
}

/** Return ids of posts that are published, or were sent before. */
function feedsvc_ids_before( $id ) {
	global $wpdb;
	$types = "'" . implode( "', '", array_map( 'esc_sql', feedsvc_post_types() ) ) . "'";
	$query = "SELECT ID FROM $wpdb->posts WHERE ID < %d AND post_type IN ($types) AND (post_status = 'publish'
		OR ID IN (SELECT post_id FROM $wpdb->postmeta WHERE meta_key = '_feedsvc_state')) ORDER BY ID DESC LIMIT %d";
	return array_map( 'intval', $wpdb->get_col( $wpdb->prepare( $query, $id, FEEDSVC_BATCH ) ) );
}

// --- Changes of posts -----------------------------------------------------------------------

/** Note a change where feedsvc has the post, or is to have it. */
function feedsvc_changed( $id ) {
	$post = get_post( $id );
	if ( ! $post || wp_is_post_revision( $post ) ) {
		return;
	}
	if ( 'publish' === feedsvc_wish( $post ) || get_post_meta( $id, '_feedsvc_state', true ) ) {
		feedsvc_note( $id );
	}
}

// After terms and meta, also by REST and for scheduled posts; save_post comes too early there.
add_action(
	'wp_after_insert_post',
	function ( $id, $post, $update, $before ) {
		feedsvc_take_correction( $id, $post, $before );
		feedsvc_changed( $id );
	},
	10,
	4
);
add_action( 'trashed_post', 'feedsvc_changed' );
add_action(
	'before_delete_post',
	function ( $id ) {
		$state = get_post_meta( $id, '_feedsvc_state', true );
		if ( $state ) {
			feedsvc_note( $id, $state );
		}
	}
);

/** Note the posts whose featured picture, or the words at it, have changed. */
function feedsvc_picture_changed( $meta_id, $id, $key ) {
	if ( '_thumbnail_id' === $key ) {
		feedsvc_changed( $id );
	}
}
foreach ( array( 'added_post_meta', 'updated_post_meta', 'deleted_post_meta' ) as $feedsvc_hook ) {
	add_action( $feedsvc_hook, 'feedsvc_picture_changed', 10, 3 );
}
add_action(
	'attachment_updated',
	function ( $picture ) {
		global $wpdb;
		$query = "SELECT post_id FROM $wpdb->postmeta WHERE meta_key = '_thumbnail_id' AND meta_value = %s";
		array_map( 'feedsvc_changed', array_map( 'intval', $wpdb->get_col( $wpdb->prepare( $query, $picture ) ) ) );
	}
);

// --- The panel of the editor ----------------------------------------------------------------

add_action(
	'add_meta_boxes',
	function () {
		foreach ( feedsvc_post_types() as $type ) {
			add_meta_box( 'feedsvc', 'feedsvc', 'feedsvc_panel', $type, 'side', 'default', array( '__block_editor_compatible_meta_box' => true ) );
		}
	}
);

function feedsvc_panel( $post ) {
	echo '<p>' . esc_html( feedsvc_status( $post ) ) . '</p>';
	if ( 'publish' !== $post->post_status ) {
		return; // no reader has it, so there is nothing to correct
	}
	wp_nonce_field( "feedsvc_$post->ID", 'feedsvc_nonce', false );
	?>
	<input type="hidden" name="feedsvc_form" value="<?php echo esc_attr( wp_generate_uuid4() ); ?>">
	<p><label><input type="checkbox" name="feedsvc_correct" value="1">
		<?php esc_html_e( 'This change is a correction', 'feedsvc' ); ?></label></p>
	<p><label for="feedsvc_correction"><?php esc_html_e( 'Note for readers; without one it is an update', 'feedsvc' ); ?></label>
		<textarea id="feedsvc_correction" name="feedsvc_correction" rows="3" style="width:100%" dir="auto"></textarea></p>
	<script>
	// The block editor keeps this form after it was saved: empty it, or the next save repeats it.
	window.addEventListener( 'load', function () {
		var editor = window.wp && wp.data && wp.data.select( 'core/edit-post' ), saving = false;
		if ( ! editor || ! editor.isSavingMetaBoxes ) {
			return;
		}
		wp.data.subscribe( function () {
			var now = editor.isSavingMetaBoxes();
			if ( saving && ! now ) {
				document.querySelector( '[name=feedsvc_correct]' ).checked = false;
				document.querySelector( '[name=feedsvc_correction]' ).value = '';
				document.querySelector( '[name=feedsvc_form]' ).value += '+';
			}
			saving = now;
		} );
	} );
	</script>
	<?php
}

/** Keep the correction of a form that was sent, until it has reached feedsvc. */
function feedsvc_take_correction( $id, $post, $before ) {
	if ( empty( $_POST['feedsvc_correct'] ) || empty( $_POST['feedsvc_nonce'] ) || ! $before || 'publish' !== $before->post_status ) {
		return;
	}
	if ( 'publish' !== $post->post_status || ! wp_verify_nonce( sanitize_key( $_POST['feedsvc_nonce'] ), "feedsvc_$id" ) || ! current_user_can( 'edit_post', $id ) ) {
		return;
	}
	$text = isset( $_POST['feedsvc_correction'] ) ? sanitize_textarea_field( wp_unslash( $_POST['feedsvc_correction'] ) ) : '';
	$form = isset( $_POST['feedsvc_form'] ) ? md5( sanitize_text_field( wp_unslash( $_POST['feedsvc_form'] ) ) . $text ) : '';
	if ( get_post_meta( $id, '_feedsvc_form', true ) === $form ) {
		return; // editors send a form twice
	}
	update_post_meta( $id, '_feedsvc_form', $form );
	if ( time() === (int) get_post_time( 'U', true, $post ) ) {
		sleep( 1 ); // moments have whole seconds, and a correction is later than the post
	}
	add_post_meta( $id, '_feedsvc_correction', wp_slash( array( 'date' => feedsvc_moment( time() ), 'text' => $text ) ) );
}

/** Return the state of a post in one line. */
function feedsvc_status( $post ) {
	static $jobs = null;
	$jobs  = null === $jobs ? feedsvc_jobs() : $jobs;
	$error = (string) get_post_meta( $post->ID, '_feedsvc_error', true );
	$state = get_post_meta( $post->ID, '_feedsvc_state', true );
	$time  = (int) get_post_meta( $post->ID, '_feedsvc_time', true );
	$names = array(
		'sent'     => __( 'Published', 'feedsvc' ),
		'withheld' => __( 'Withheld', 'feedsvc' ),
		'canceled' => __( 'Killed', 'feedsvc' ),
		'deleted'  => __( 'Deleted', 'feedsvc' ),
	);
	if ( isset( $jobs[ $post->ID ] ) ) {
		return trim( __( 'Waiting to be sent.', 'feedsvc' ) . " $error" );
	}
	if ( '' !== $error ) {
		return __( 'Refused:', 'feedsvc' ) . " $error";
	}
	return isset( $names[ $state ] ) ? $names[ $state ] . ', ' . wp_date( get_option( 'date_format' ) . ' H:i:s', $time ) : '—';
}

// --- Column, settings, beginning and end ----------------------------------------------------

add_action(
	'admin_init',
	function () {
		foreach ( feedsvc_post_types() as $type ) {
			add_filter(
				"manage_{$type}_posts_columns",
				function ( $columns ) {
					return $columns + array( 'feedsvc' => 'feedsvc' );
				}
			);
			add_action(
				"manage_{$type}_posts_custom_column",
				function ( $column, $id ) {
					echo 'feedsvc' === $column ? esc_html( feedsvc_status( get_post( $id ) ) ) : '';
				},
				10,
				2
			);
		}
		register_setting( 'feedsvc', 'feedsvc', array( 'type' => 'array', 'sanitize_callback' => 'feedsvc_checked_settings' ) );
		if ( ! wp_next_scheduled( 'feedsvc_hourly' ) ) {
			wp_schedule_event( time(), 'hourly', 'feedsvc_hourly' ); // should a single event get lost
		}
	}
);
add_action(
	'admin_menu',
	function () {
		add_options_page( 'feedsvc', 'feedsvc', 'manage_options', 'feedsvc', 'feedsvc_page' );
	}
);
add_action( 'feedsvc_work', 'feedsvc_work', 10, 0 );
add_action( 'feedsvc_hourly', 'feedsvc_work', 10, 0 );
add_action(
	'admin_post_feedsvc_everything',
	function () {
		check_admin_referer( 'feedsvc_everything' );
		if ( ! current_user_can( 'manage_options' ) ) {
			wp_die( esc_html__( 'You may not do this.', 'feedsvc' ), 403 );
		}
		feedsvc_send_everything();
		wp_safe_redirect( admin_url( 'options-general.php?page=feedsvc' ) );
		exit;
	}
);

/** Return a sentence about the connection and the rights of the token. */
function feedsvc_connection() {
	$settings = feedsvc_settings();
	if ( '' === $settings['url'] || '' === $settings['token'] ) {
		return __( 'Fill in address and token.', 'feedsvc' );
	}
	$reply = feedsvc_request( 'GET', '/me' );
	if ( '' !== $reply['error'] ) {
		return $reply['error'];
	}
	$needed  = array( 'read', 'write' );
	$needed  = in_array( 'kill', array( $settings['on_trash'], $settings['on_delete'] ), true ) ? array_merge( $needed, array( 'kill' ) ) : $needed;
	$missing = in_array( 'admin', $reply['answer']['scopes'], true ) ? array() : array_diff( $needed, $reply['answer']['scopes'] );
	if ( $missing ) {
		/* translators: %s: names of scopes */
		return sprintf( __( 'Connected, but the token lacks the scope %s.', 'feedsvc' ), implode( ', ', $missing ) );
	}
	/* translators: %s: the name of the token */
	$sentence = sprintf( __( 'Connected as "%s".', 'feedsvc' ), $reply['answer']['name'] );
	$local    = in_array( wp_parse_url( $settings['url'], PHP_URL_HOST ), array( 'localhost', '127.0.0.1', '[::1]' ), true );
	if ( ! $local && 0 !== strpos( $settings['url'], 'https:' ) ) {
		$sentence .= ' ' . __( 'The address is not https, so others can read the token on its way.', 'feedsvc' );
	}
	return $sentence;
}

function feedsvc_page() {
	$settings = feedsvc_settings();
	$place    = get_option( 'feedsvc_everything' );
	?>
	<div class="wrap"><h1>feedsvc</h1>
	<p><strong><?php echo esc_html( feedsvc_connection() ); ?></strong></p>
	<form method="post" action="options.php"><?php settings_fields( 'feedsvc' ); ?>
	<table class="form-table" role="presentation">
	<tr><th><label for="feedsvc-url"><?php esc_html_e( 'Address', 'feedsvc' ); ?></label></th>
		<td><input id="feedsvc-url" name="feedsvc[url]" type="url" class="regular-text" placeholder="https://feeds.quay.example"
			value="<?php echo esc_attr( $settings['url'] ); ?>" <?php disabled( defined( 'FEEDSVC_URL' ) ); ?>></td></tr>
	<tr><th><label for="feedsvc-token"><?php esc_html_e( 'Token', 'feedsvc' ); ?></label></th>
		<td><input id="feedsvc-token" name="feedsvc[token]" type="password" class="regular-text" autocomplete="off" value=""
			placeholder="<?php echo esc_attr( $settings['token'] ? __( 'kept; type another to change it', 'feedsvc' ) : 'fsk_…' ); ?>" <?php disabled( defined( 'FEEDSVC_TOKEN' ) ); ?>></td></tr>
	<tr><th><label for="feedsvc-name"><?php esc_html_e( 'Name of this site', 'feedsvc' ); ?></label></th>
		<td><input id="feedsvc-name" name="feedsvc[name]" type="text" value="<?php echo esc_attr( $settings['name'] ); ?>" <?php disabled( feedsvc_has_begun() ); ?>>
		<p class="description"><?php esc_html_e( 'The first part of the ids of its stories. Once one was sent it stays as it is.', 'feedsvc' ); ?></p></td></tr>
	<?php foreach ( array( 'on_trash' => __( 'A story in the trash', 'feedsvc' ), 'on_delete' => __( 'A story deleted for good', 'feedsvc' ) ) as $key => $label ) : ?>
	<tr><th><?php echo esc_html( $label ); ?></th><td>
		<?php foreach ( feedsvc_withdrawals() as $value => $words ) : ?>
		<label><input type="radio" name="feedsvc[<?php echo esc_attr( $key ); ?>]" value="<?php echo esc_attr( $value ); ?>" <?php checked( $settings[ $key ], $value ); ?>>
			<?php echo esc_html( $words ); ?></label><br>
		<?php endforeach; ?></td></tr>
	<?php endforeach; ?>
	<tr><th><label for="feedsvc-note"><?php esc_html_e( 'Notice of a kill', 'feedsvc' ); ?></label></th>
		<td><textarea id="feedsvc-note" name="feedsvc[kill_note]" rows="2" class="large-text"><?php echo esc_textarea( $settings['kill_note'] ); ?></textarea></td></tr>
	</table><?php submit_button(); ?></form>
	<form method="post" action="<?php echo esc_url( admin_url( 'admin-post.php' ) ); ?>">
		<input type="hidden" name="action" value="feedsvc_everything"><?php wp_nonce_field( 'feedsvc_everything' ); ?>
		<?php submit_button( __( 'Send everything now', 'feedsvc' ), 'secondary' ); ?></form>
	<?php if ( $place ) : ?>
	<p><?php /* translators: %d: a number of posts */ echo esc_html( sprintf( __( 'Sending everything: %d sent so far. It goes on by itself.', 'feedsvc' ), $place['sent'] ) ); ?></p>
	<?php endif; ?>
	<?php foreach ( array_slice( feedsvc_jobs(), 0, 50 ) as $job ) : ?>
	<p><?php echo esc_html( get_the_title( $job['id'] ) . " ({$job['id']}): " . ( $job['error'] ? $job['error'] : __( 'waiting', 'feedsvc' ) ) ); ?></p>
	<?php endforeach; ?>
	</div>
	<?php
}

register_deactivation_hook(
	__FILE__,
	function () {
		wp_clear_scheduled_hook( 'feedsvc_work' );
		wp_clear_scheduled_hook( 'feedsvc_hourly' );
	}
);
register_uninstall_hook( __FILE__, 'feedsvc_uninstall' );

function feedsvc_uninstall() {
	global $wpdb;
	delete_option( 'feedsvc' );
	delete_option( 'feedsvc_everything' );
	$wpdb->query( $wpdb->prepare( "DELETE FROM $wpdb->options WHERE option_name LIKE %s", $wpdb->esc_like( FEEDSVC_JOB ) . '%' ) );
	foreach ( array( 'state', 'error', 'time', 'form', 'correction' ) as $key ) {
		delete_post_meta_by_key( "_feedsvc_$key" );
	}
}
