package main

import (
	"context"
	"errors"
	"time"

	"github.com/parley-rtc/parley/internal/signaling"
)

// signature is kept with the room, and told to everybody in it.
type signature struct {
	Document string    `json:"document"`
	By       string    `json:"by"`
	At       time.Time `json:"at"`
}

// sign signs a document, once: {"action":"sign","id":"1","room":"ward-3","document":"rx-17"}
func sign(ctx context.Context, c *signaling.Call) error {
	s := signature{By: c.Sender.User, At: c.Time}
	if err := c.Read("document", &s.Document, "the name of a document"); err != nil {
		return err
	}
	if err := signaling.CheckName("document", s.Document); err != nil {
		return err
	}
	_, err := c.Put(ctx, "signed:"+s.Document, 0, s) // 0: only if it is not there
	if errors.Is(err, signaling.ErrChanged) {
		return signaling.Errorf(signaling.CodeForbidden, "document: %s is signed already", s.Document)
	}
	if err != nil {
		return err
	}
	if err := c.Reply(s); err != nil {
		return err
	}
	c.Note(c.TellOthers(ctx, "signed", s))
	return nil
}
