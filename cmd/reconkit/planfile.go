package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"filippo.io/age"
	"github.com/spf13/cobra"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/state"
)

// encryptedMagic is how a file begins that age encrypted.
const encryptedMagic = "age-encryption.org/"

// keyFileBytesMax is how large a file of recipients or identities may be.
const keyFileBytesMax = 1 << 20

func (a *app) encryptFlag(c *cobra.Command) {
	c.Flags().StringArrayVar(&a.recipients, "encrypt-to", nil, "encrypt the plan of -o for an age recipient (age1...), or for those in a file; may be given often")
}

func (a *app) identityFlag(c *cobra.Command) {
	c.Flags().StringArrayVar(&a.identities, "identity", nil, "file of age identities that open an encrypted plan; may be given often")
}

// recipientsOf reads what --encrypt-to names.
func (a *app) recipientsOf() ([]age.Recipient, error) {
	var all []age.Recipient
	for _, name := range a.recipients {
		var text io.Reader = strings.NewReader(name)
		if !strings.HasPrefix(name, "age1") {
			b, err := keyFile(name)
			if err != nil {
				return nil, fmt.Errorf("--encrypt-to: %w; give a recipient that begins with age1, or a file of them", err)
			}
			text = bytes.NewReader(b)
		}
		found, err := age.ParseRecipients(text)
		if err != nil {
			return nil, fmt.Errorf("--encrypt-to %s: %w", shown(name), err)
		}
		all = append(all, found...)
	}
	return all, nil
}

// identitiesOf reads what --identity names. What is wrong with one is told without
// quoting it.
func (a *app) identitiesOf() ([]age.Identity, error) {
	var all []age.Identity
	for _, name := range a.identities {
		b, err := keyFile(name)
		if err != nil {
			return nil, fmt.Errorf("--identity: %w", err)
		}
		found, err := age.ParseIdentities(bytes.NewReader(b))
		if err != nil {
			return nil, fmt.Errorf("--identity %s: the file does not hold age identities, one a line, as age-keygen writes them", name)
		}
		all = append(all, found...)
	}
	return all, nil
}

func keyFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, keyFileBytesMax+1))
	if err == nil && len(b) > keyFileBytesMax {
		err = fmt.Errorf("%s is larger than %d bytes", path, keyFileBytesMax)
	}
	return b, err
}

// writePlan keeps a plan in a file that its owner alone may read, encrypted where
// that is wanted; it is there whole or not at all.
func (a *app) writePlan(path string, p *pipeline.Plan) error {
	to, err := a.recipientsOf()
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := encryptPlan(&b, p, to); err != nil {
		return err
	}
	if err := writePrivate(path, b.Bytes()); err != nil {
		return fmt.Errorf("write plan: %w", err)
	}
	return nil
}

func encryptPlan(w io.Writer, p *pipeline.Plan, to []age.Recipient) error {
	if len(to) == 0 {
		return p.Write(w)
	}
	sealed, err := age.Encrypt(w, to...)
	if err != nil {
		return fmt.Errorf("encrypt plan: %w", err)
	}
	return errors.Join(p.Write(sealed), sealed.Close())
}

// checkValid refuses a time in which a plan could not be applied, or for which
// nobody keeps the journal that keeps a plan from being written twice.
func checkValid(d time.Duration) error {
	switch {
	case d <= 0:
		return fmt.Errorf("--valid-for %s: the plan could not be applied at all", d)
	case d > state.KeepMin:
		return fmt.Errorf("--valid-for %s: at most %s, since what keeps a plan that is applied again from writing twice is kept for %d days at least", d, state.KeepMin, int(state.KeepMin.Hours()/24))
	}
	return nil
}

// readPlan reads a plan file, opening it with the identities where it is encrypted.
func (a *app) readPlan(path string) (*pipeline.Plan, error) {
	in, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read plan: %w", err)
	}
	defer in.Close()
	plain, err := a.plainForm(bufio.NewReader(in))
	if err != nil {
		return nil, fmt.Errorf("read plan %s: %w", path, err)
	}
	p, err := pipeline.ReadPlan(plain)
	if err != nil {
		return nil, fmt.Errorf("read plan %s: %w", path, err)
	}
	if info, err := in.Stat(); err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o077 != 0 && p.Header.Redacted == "" {
		fmt.Fprintf(a.stderr, "%s: others may read this plan (mode %04o), and it holds values of contacts; chmod 600 mends it\n", shown(path), info.Mode().Perm())
	}
	return p, nil
}

// errForOthers says that a plan is encrypted for somebody else.
var errForOthers = errors.New("the plan is encrypted for others: none of the identities opens it")

// plainForm is the plain form of what may be encrypted.
func (a *app) plainForm(in *bufio.Reader) (io.Reader, error) {
	head, err := in.Peek(len(encryptedMagic))
	if err != nil || string(head) != encryptedMagic {
		return in, nil // reading the plan says what is wrong with it
	}
	if len(a.identities) == 0 {
		return nil, errors.New("the plan is encrypted; name the file of your age identity with --identity FILE")
	}
	ids, err := a.identitiesOf()
	if err != nil {
		return nil, err
	}
	plain, err := age.Decrypt(in, ids...)
	var none *age.NoIdentityMatchError
	switch {
	case errors.As(err, &none):
		return nil, errForOthers
	case err != nil:
		return nil, &pipeline.PlanFileError{Reason: "the encrypted plan is damaged: " + err.Error() + "; make the plan again"}
	}
	return plain, nil
}

func (a *app) redactCommand() *cobra.Command {
	var out string
	c := &cobra.Command{
		Use:   "redact PLAN",
		Short: "Make a twin of a plan without personal data",
		Long: `redact writes a twin of a plan that tells what is done to how many records and
fields, of what kind, from which rows of which sources and why, and holds no value,
name, id, key or connection. It can be shown and sent around, and not applied.`,
		Example: `  reconkit plan redact today.rkplan -o today.twin.rkplan
  reconkit show today.twin.rkplan
  reconkit plan redact today.rkplan --identity key.txt -o today.twin.rkplan`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if out == "" {
				return errors.New("redact needs -o FILE for the twin")
			}
			if onePlace(out, args[0]) {
				return fmt.Errorf("-o %s: that is the plan itself; give the twin another name", out)
			}
			if err := checkPlanOut(out); err != nil {
				return err
			}
			p, err := a.readPlan(args[0])
			if err != nil {
				return err
			}
			if p.Header.Redacted == "" {
				p = p.Redacted()
			}
			return a.writePlan(out, p)
		},
	}
	c.Flags().StringVarP(&out, "out", "o", "", "file for the twin")
	a.identityFlag(c)
	return c
}
