"""A WordPress of Debian in folders of its own, with its database, and with feedsvc's plugin."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.tools.programs import needed, needed_file
from tests.tools.service import free_port, until

SOURCE = Path("/usr/share/wordpress")
PLUGIN = Path(__file__).parents[2] / "integrations/wordpress/feedsvc.php"
CONFIG = """<?php
define('DB_NAME', 'quay'); define('DB_USER', 'root'); define('DB_PASSWORD', '');
define('DB_HOST', 'localhost:%(socket)s'); define('DB_CHARSET', 'utf8mb4');
define('WP_ENVIRONMENT_TYPE', 'local'); define('DISABLE_WP_CRON', true);
define('WP_HTTP_BLOCK_EXTERNAL', true); define('WP_ACCESSIBLE_HOSTS', '127.0.0.1');
define('AUTOMATIC_UPDATER_DISABLED', true); define('WP_DEBUG', true);
define('WP_DEBUG_DISPLAY', false); define('WP_DEBUG_LOG', '%(log)s');
$table_prefix = 'wp_';
if (!defined('ABSPATH')) define('ABSPATH', __DIR__ . '/');
require_once ABSPATH . 'wp-settings.php';
"""
INSTALL = """
require ABSPATH . 'wp-admin/includes/upgrade.php';
wp_install('The Daily Quay', 'ada', 'ada@quay.example', true, '', 'harbour');
update_option('siteurl', $argv[1]); update_option('home', $argv[1]);
update_option('active_plugins', ['feedsvc.php']);
update_option('permalink_structure', '/%year%/%postname%/');
update_option('timezone_string', 'Europe/Helsinki');
wp_update_user(['ID' => 1, 'display_name' => 'Ada Quay']);
"""
MAKE_DUE = """
$id = (int) $argv[1]; $gmt = gmdate('Y-m-d H:i:s', time() - 5);
$wpdb->update($wpdb->posts, ['post_date' => get_date_from_gmt($gmt), 'post_date_gmt' => $gmt,
    'post_modified' => '2026-01-01 00:00:00', 'post_modified_gmt' => '2026-01-01 00:00:00'],
    ['ID' => $id]); // it was last saved long ago
wp_clear_scheduled_hook('publish_future_post', [$id]);
wp_schedule_single_event(time() - 1, 'publish_future_post', [$id]);
echo str_replace(' ', 'T', $gmt), 'Z';
"""
CO_AUTHORS = """<?php
function get_coauthors($id) { // as Co-Authors Plus has it
    $author = fn($name) => (object) ['display_name' => $name];
    return array_map($author, get_post_meta($id, 'authors'));
}
add_filter('pre_wp_mail', '__return_true');
"""


class WordPress:
    """A site, and the means to drive it: its REST API, its pages, and PHP."""

    def __init__(self, root: Path, socket: Path) -> None:
        self.root = root
        self.log = root / "debug.log"
        cache = root / "cache"
        cache.mkdir()
        opcache = f"-d opcache.enable_cli=1 -d opcache.file_cache={cache}"
        self._program = f"php -d sendmail_path=/bin/true {opcache}".split()
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._cookie = ""
        self._app = ""
        # Other files are looked for beside the real places of these.
        shared = shutil.ignore_patterns(".htaccess", "wp-includes")
        shutil.copytree(SOURCE, root / "site", ignore=shared)
        (root / "site/wp-includes").symlink_to(SOURCE / "wp-includes")
        config = CONFIG % {"socket": socket, "log": self.log}
        (root / "site/wp-config.php").write_text(config)
        content = root / "site/wp-content"
        for name in ("plugins", "mu-plugins", "uploads"):
            (content / name).mkdir(exist_ok=True)
        shutil.copy(PLUGIN, content / "plugins")
        (content / "mu-plugins/authors.php").write_text(CO_AUTHORS)
        self.php(INSTALL, self.url, before="define('WP_INSTALLING', true);")
        code = """echo WP_Application_Passwords::create_new_application_password(
            1, ['name' => 'tests'])[0];"""
        self._app = base64.b64encode(f"ada:{self.php(code)}".encode()).decode()

    def php(self, code: str, *words: str, before: str = "") -> str:
        """Run PHP in the site as the editor, and return its output."""
        begin = f"{before} $_SERVER['HTTP_HOST'] = '127.0.0.1:{self.port}';"
        load = f"{begin} require '{self.root}/site/wp-load.php';"
        user = "" if before else "wp_set_current_user(1);"
        run = subprocess.run(
            [*self._program, "-r", f"{load} {user} {code}", "--", *words],
            capture_output=True,
            text=True,
            check=False,
            cwd=self.root,
        )
        assert run.returncode == 0, (run.stdout, run.stderr)
        return run.stdout

    def rest(self, method: str, path: str, value: Any = None) -> Any:
        """Send a request to the REST API as the editor, and return the answer."""
        headers = {"Authorization": f"Basic {self._app}", "Content-Type": "application/json"}
        body = None if value is None else json.dumps(value)
        status, text, _ = self.request(method, f"/wp-json/wp/v2/{path}", body, headers)
        assert status < 300, (status, text)
        return json.loads(text)

    def request(
        self, method: str, path: str, body: str | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, str, list[str]]:
        """Send a request; return status, body and cookies of the answer."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body and body.encode(), headers or {})
            answer = connection.getresponse()
            cookies = [it.partition(";")[0] for it in answer.headers.get_all("Set-Cookie", [])]
            return answer.status, answer.read().decode(), cookies
        finally:
            connection.close()

    def page(self, path: str, **fields: str) -> str:
        """Open a page of wp-admin as the editor, or send it fields of a form."""
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        if not self._cookie:
            login = urlencode({"log": "ada", "pwd": "harbour", "testcookie": "1"})
            test = {**headers, "Cookie": "wordpress_test_cookie=WP%20Cookie%20check"}
            _, _, cookies = self.request("POST", "/wp-login.php", login, test)
            self._cookie = "; ".join(cookies)
        headers["Cookie"] = self._cookie
        method, body = ("POST", urlencode(fields)) if fields else ("GET", None)
        status, text, _ = self.request(method, f"/wp-admin/{path}", body, headers)
        assert status < 400, (status, text)
        return text

    def schedule(self, title: str) -> int:
        """Schedule a post for tomorrow, and return its id."""
        date = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() + 86400))
        values = {"title": title, "content": "Soon.", "status": "future", "date_gmt": date}
        post = self.rest("POST", "posts", values)
        assert post["status"] == "future"
        return post["id"]

    def publish_scheduled(self, post: int) -> str:
        """Act as if the day of a scheduled post had come; return its moment."""
        moment = self.php(MAKE_DUE, str(post))
        self.cron()
        return moment

    def cron(self) -> None:
        """Do all that is due by wp-cron."""
        assert self.request("GET", "/wp-cron.php?doing_wp_cron")[0] == 200

    @contextmanager
    def serving(self) -> Generator[WordPress]:
        """Serve the site with PHP's own server."""
        with (self.root / "php.log").open("wb") as log:
            process = subprocess.Popen(
                [*self._program, "-S", f"127.0.0.1:{self.port}", "-t", "site"],
                cwd=self.root,
                stdout=log,
                stderr=log,
                env={**os.environ, "PHP_CLI_SERVER_WORKERS": "4"},
                start_new_session=True,
            )
        try:
            until(lambda: self.request("GET", "/readme.html")[0] == 200)
            yield self
        finally:
            os.killpg(process.pid, 15)
            process.wait(10)


@contextmanager
def database(folder: Path) -> Generator[Path]:
    """Run a MariaDB with an empty database ``quay``; yield its socket."""
    data, socket = folder / "data", folder / "sock"
    server = shutil.which("mariadbd") or "/usr/sbin/mariadbd"
    needed_file(server, "mariadb-server-core")
    user = ["--user=root"] if os.geteuid() == 0 else []
    install = [needed("mariadb-install-db", "mariadb-server-core"), "--no-defaults", *user]
    options = ["--auth-root-authentication-method=normal", "--skip-test-db", f"--datadir={data}"]
    subprocess.run([*install, *options], check=True, capture_output=True)
    where = [f"--datadir={data}", f"--socket={socket}", f"--log-error={folder / 'log'}"]
    fast = ["--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=32M"]
    process = subprocess.Popen(
        [server, "--no-defaults", *user, *where, *fast, "--skip-networking"],
        stderr=subprocess.DEVNULL,  # a warning about open files; all else is in its log
    )
    try:
        until(socket.exists)
        words = ["mariadb", "--no-defaults", f"--socket={socket}", "-uroot"]
        create = "CREATE DATABASE quay CHARACTER SET utf8mb4"
        until(lambda: subprocess.run([*words, "-e", create], check=False).returncode == 0)
        yield socket
    finally:
        process.kill()  # to close the tables takes seconds, and nothing is kept
        process.wait(30)


@contextmanager
def wordpress(folder: Path) -> Generator[WordPress]:
    """Install a WordPress, and serve it."""
    needed("php", "php-cli")
    needed_file(str(SOURCE / "wp-load.php"), "wordpress")
    with database(folder) as socket, WordPress(folder, socket).serving() as site:
        yield site
