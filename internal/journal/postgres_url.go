package journal

import (
	"errors"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// isURL reports whether a path is the URL of a database.
func isURL(path string) bool {
	return strings.HasPrefix(path, "postgres://") || strings.HasPrefix(path, "postgresql://")
}

// errURL says how the URL of a database is written. What was written instead
// is not repeated: some of it may be a password.
var errURL = errors.New("open journal: the URL of the database cannot be read: write postgres://user@host:5432/database?search_path=schema, and the password into PGPASSWORD, or into the URL with every special character as % and two hexadecimal digits")

// parse reads the URL of a database, and returns with it what may be shown.
func parse(path string) (conf *pgx.ConnConfig, shown string, err error) {
	u, err := url.Parse(path)
	// An @ that stands anywhere else is part of a password that was cut at a
	// special character.
	if err != nil || u.Opaque != "" || strings.Contains(u.Host+u.Path+u.RawQuery+u.Fragment, "@") {
		return nil, "", errURL
	}
	shown = redact(*u)
	if conf, err = pgx.ParseConfig(path); err != nil {
		// Its text repeats the URL; what it wraps does not.
		if err = errors.Unwrap(err); err == nil {
			return nil, "", errURL
		}
		return nil, "", errors.New("open journal " + shown + ": " + err.Error())
	}
	if conf.ConnectTimeout == 0 {
		conf.ConnectTimeout = 10 * time.Second
	}
	if conf.RuntimeParams["application_name"] == "" {
		conf.RuntimeParams["application_name"] = "payreconcile"
	}
	// A server that is gone without a word is noticed within half a minute.
	dialer := net.Dialer{KeepAliveConfig: net.KeepAliveConfig{
		Enable: true, Idle: 10 * time.Second, Interval: 5 * time.Second, Count: 4,
	}}
	conf.DialFunc = dialer.DialContext
	return conf, shown, nil
}

// redact is u without the secrets that it may hold.
func redact(u url.URL) string {
	if u.User != nil {
		u.User = url.User(u.User.Username())
	}
	q := u.Query()
	for name := range q {
		if strings.Contains(strings.ToLower(name), "password") {
			q.Del(name)
		}
	}
	u.RawQuery = strings.ReplaceAll(q.Encode(), "+", "%20")
	return u.String()
}
