// Command byhand is the anchor of the rows benchmark: the job of pipeline.yaml
// as a Go programmer would write it for this one file, with encoding/csv and
// encoding/json.
package main

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
)

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: byhand ROWS.csv VALID.jsonl REJECTS.jsonl")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, "byhand:", err)
		os.Exit(1)
	}
}

// contact is a row of the output.
type contact struct {
	ID          string   `json:"id"`
	Kind        string   `json:"kind"`
	FullName    string   `json:"full_name,omitempty"`
	FirstName   string   `json:"first_name,omitempty"`
	LastName    string   `json:"last_name,omitempty"`
	CompanyName string   `json:"company_name,omitempty"`
	Email       string   `json:"email,omitempty"`
	EmailAlt    string   `json:"email_alt,omitempty"`
	Phone       string   `json:"phone,omitempty"`
	Address     string   `json:"address,omitempty"`
	City        string   `json:"city,omitempty"`
	Postcode    string   `json:"postcode,omitempty"`
	Country     string   `json:"country,omitempty"`
	Website     string   `json:"website,omitempty"`
	Rating      int      `json:"rating"`
	Department  string   `json:"department,omitempty"`
	DayRate     *float64 `json:"day_rate,omitempty"`
	UpdatedAt   string   `json:"updated_at,omitempty"`
}

// reject is a row of the other output.
type reject struct {
	ID      string   `json:"id"`
	Reasons []string `json:"reasons"`
}

var email = regexp.MustCompile(`^[a-z0-9._%+-]+@[a-z0-9.-]+\.[a-z]{2,}$`)

// countries are the names that the file is known to hold.
var countries = map[string]string{
	"germany": "DE", "deutschland": "DE", "de": "DE", "brd": "DE",
	"austria": "AT", "österreich": "AT", "at": "AT", "oesterreich": "AT",
	"switzerland": "CH", "schweiz": "CH", "ch": "CH",
	"united kingdom": "GB", "uk": "GB", "england": "GB", "großbritannien": "GB", "vereinigtes königreich": "GB",
	"france": "FR", "frankreich": "FR",
	"netherlands": "NL", "niederlande": "NL", "the netherlands": "NL", "holland": "NL",
	"italy": "IT", "italien": "IT", "spain": "ES", "spanien": "ES", "poland": "PL", "polen": "PL",
	"united states": "US", "usa": "US", "vereinigte staaten": "US", "united states of america": "US",
}

func run(in, valid, rejects string) error {
	rows, err := os.Open(in)
	if err != nil {
		return err
	}
	defer rows.Close()
	good, err := create(valid)
	if err != nil {
		return err
	}
	bad, err := create(rejects)
	if err != nil {
		return err
	}
	r := csv.NewReader(bufio.NewReaderSize(rows, 1<<16))
	r.ReuseRecord = true
	header, err := r.Read()
	if err != nil {
		return err
	}
	at := map[string]int{}
	for i, name := range header {
		at[name] = i
	}
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return errors.Join(good.close(), bad.close())
		}
		if err != nil {
			return err
		}
		c, reasons, err := mapped(func(column string) string { return row[at[column]] })
		if err != nil {
			return err
		}
		if len(reasons) > 0 {
			err = bad.encode(reject{c.ID, reasons})
		} else {
			err = good.encode(c)
		}
		if err != nil {
			return err
		}
	}
}

func mapped(get func(column string) string) (*contact, []string, error) {
	c := &contact{
		ID:         get("uuid"),
		Kind:       "person",
		FullName:   strings.Join(strings.Fields(get("name")), " "),
		Email:      lower(get("email_1")),
		EmailAlt:   lower(get("email_2")),
		Phone:      strings.TrimSpace(get("phone_1")),
		City:       strings.TrimSpace(get("address_city")),
		Postcode:   strings.TrimSpace(get("address_postcode")),
		Country:    countries[lower(get("address_country"))],
		Website:    strings.TrimSpace(get("website")),
		Rating:     3,
		Department: get("cf_department"),
		UpdatedAt:  get("updated"),
	}
	switch lower(get("type")) {
	case "company", "firma":
		c.Kind, c.CompanyName = "company", c.FullName
	default:
		c.CompanyName = get("client")
		if last, first, comma := strings.Cut(c.FullName, ", "); comma {
			c.FirstName, c.LastName = first, last
		} else {
			c.FirstName, c.LastName, _ = strings.Cut(c.FullName, " ")
		}
	}
	var lines []string
	for _, column := range []string{"address_line_1", "address_line_2", "address_line_3"} {
		if line := get(column); line != "" {
			lines = append(lines, line)
		}
	}
	c.Address = strings.Join(lines, ", ")
	if c.Department == "" {
		c.Department = "General"
	}
	if rate := get("cf_day_rate"); rate != "" {
		f, err := strconv.ParseFloat(rate, 64)
		if err != nil {
			return nil, nil, err
		}
		c.DayRate = &f
	}
	return c, c.reasons(get("cf_rating")), nil
}

// reasons says why a contact is rejected.
func (c *contact) reasons(rating string) []string {
	var reasons []string
	if rating = strings.TrimSpace(rating); rating != "" {
		n, err := strconv.Atoi(rating)
		if c.Rating = n; err != nil || n < 1 || n > 5 {
			reasons = append(reasons, "rating")
		}
	}
	if !email.MatchString(c.Email) {
		reasons = append(reasons, "email")
	}
	if c.Country == "" {
		reasons = append(reasons, "country")
	}
	return reasons
}

func lower(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// output is a file of JSON Lines.
type output struct {
	file   *os.File
	buffer *bufio.Writer
	lines  *json.Encoder
}

func create(path string) (*output, error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	o := &output{file: f, buffer: bufio.NewWriterSize(f, 1<<16)}
	o.lines = json.NewEncoder(o.buffer)
	return o, nil
}

func (o *output) encode(v any) error { return o.lines.Encode(v) }

func (o *output) close() error { return errors.Join(o.buffer.Flush(), o.file.Close()) }
