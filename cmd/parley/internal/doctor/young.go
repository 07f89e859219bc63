package doctor

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// perhapsYoung marks a problem that ends by itself where a deployment has just been made.
func perhapsYoung(err error) error {
	if p, ok := errors.AsType[*problem](err); ok {
		p.young = true
	}
	return err
}

// patiently tries again while what is wrong may be that a deployment is not everywhere yet, and says once that it does.
func (e *examination) patiently(ctx context.Context, try func() error) error {
	began := time.Now()
	again := time.NewTicker(min(max(e.Patience/15, time.Millisecond), time.Second))
	defer again.Stop()
	for told := false; ; told = true {
		err := try()
		p, ok := errors.AsType[*problem](err)
		if !ok || !p.young || e.Patience == 0 {
			return err
		}
		if time.Since(began) >= e.Patience {
			p.detail += fmt.Sprintf(", and still so after %s", e.Patience)
			return p
		}
		if !told && e.Note != nil {
			e.Note(fmt.Sprintf("%s; a new deployment may take a moment, so this tries again for up to %s", p.detail, e.Patience))
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return err
		}
	}
}
