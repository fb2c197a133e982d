package review

func (g *pager) questions() section {
	const title = "One or two? A person decides"
	titled := func(s section) section {
		s.title = []span{say("%s (%s)", title, asked(g.Plan))}
		return s
	}
	if !g.opt.Values {
		return titled(g.byCode(title, len(g.Questions), func(i int) string { return "pairs of " + g.Questions[i].Model }, nil))
	}
	return titled(g.section(title, len(g.Questions), func(i int) block {
		q := &g.Questions[i]
		out := block{at(0, data(q.A.Label), say(" "), data(reference(q.A)), say(" and "), data(q.B.Label), say(" "), data(reference(q.B)),
			say(": %.0f %% likely to be one: ", 100*q.Score), long(parts(&q.Reason, true)+runnerUp(&q.Reason)))}
		if q.Why != "" {
			out = append(out, at(1, say(askedWords), data(q.Why)))
		}
		if a, b := decisionName(q.A), decisionName(q.B); a != "" && b != "" {
			out = append(out, at(1, say("to answer, in the decisions file: "), long("- { a: "+a+", b: "+b+", same: true }"), say(", or "), data("same: false")))
		}
		return out
	}))
}
