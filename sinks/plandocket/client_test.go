package plandocket

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// A short answer takes little room, however long the list before it was.
func TestRoomOfAnAnswer(t *testing.T) {
	const long = 1 << 20
	read := func(length int64) int {
		body, err := readBody(&http.Response{Body: io.NopCloser(strings.NewReader("{}")), ContentLength: length}, listBytesMax, long)
		if err != nil {
			t.Fatal(err)
		}
		return cap(body)
	}
	if room := read(2); room > 4*bytes.MinRead {
		t.Errorf("an answer of 2 bytes, as the server says, takes %d", room)
	}
	if room := read(-1); room < long {
		t.Errorf("an answer of unknown length behind one of %d bytes has room for %d", long, room)
	}
	whole, search := url.Values{"sort": {"id"}}, url.Values{"sort": {"id"}, "search": {"anna"}}
	if question("/contacts", whole) == question("/contacts", search) {
		t.Error("a search counts as long as the whole list")
	}
	if question("/contacts", whole) != question("/contacts", url.Values{"sort": {"name"}}) {
		t.Error("a list in another order counts as another list")
	}
}
