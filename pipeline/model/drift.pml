/*
 * One apply of a planned update while somebody edits the record: reading, waiting for the
 * rate, sending, lost answers, settle and resume. Two lines of processes, each of which may
 * die or sleep at any moment. As in apply.pml, what a request asks for is carried out at
 * once, late but within settle, or never, and its answer may be lost.
 *
 * An edit gives the field a value of its own. It may be made at any moment; one that is
 * made between a reading and the call that rests on it can be written over, and no other.
 *
 * With -DUNCHECKED a call does not look what was read, and with -DPATIENT it waits
 * however long behind its reading: `make model` wants the laws to fail then.
 */

#define SETTLE 1
#define LEASE 2
#define PROMPT 1  /* ticks that a call may wait behind its reading */
#define LIVES 2
#define EDITS 2
#define NOON 5    /* the clock ends here */

mtype = { nothing, intended, unsure, answered };
mtype = { before, ours, hand };

mtype journal = nothing;  /* of the last call; outlives processes */
byte sentBy = 0;          /* tick by which the last call had left */
byte lease = 0;           /* who holds it, 1 or 2; 0: nobody */
byte leaseUntil = 0;
byte now = 0;

mtype field = before;     /* as the remote has it */
byte edits = 0;           /* made by hand so far */
bool flying = false;      /* a request that may still be carried out */
byte flyingUntil = 0;
byte known = 0;           /* edits made when the record was read on which it rests */
bool clobbered = false;   /* an edit that was there at the reading was written over */
bool stale = false;       /* a call left that rested on an old reading */
bool late = false;        /* time is over */

active proctype Remote() {
end:	do
	:: atomic { flying -> clobbered = (clobbered || (field == hand && edits == known)); field = ours; flying = false }
	:: atomic { flying -> flying = false }
	:: atomic { now < NOON && (!flying || now < flyingUntil) -> now++ }
	:: atomic { now == NOON && !flying && !late -> late = true }
	:: atomic { edits < EDITS && !late -> edits++; field = hand }
	od
}

proctype Apply(byte me) {
	byte lives = LIVES;
	mtype seen;
	byte seenAt, seenEdits;

born:	/* Whoever holds the lease is alone; a process that was killed keeps it until it runs out. */
	if
	:: atomic { (lease == 0 || now >= leaseUntil) && !late -> lease = me; leaseUntil = now + LEASE }
	:: late -> goto end
	fi;
	atomic {
		if
		:: lease != me -> goto done                 /* it slept, and lost the lease meanwhile */
		:: lease == me && journal == intended -> journal = unsure
		:: else
		fi
	}
	if :: lives > 1 -> goto dies :: skip fi;

look:	atomic { seen = field; seenAt = now; seenEdits = edits }
	if :: lives > 1 -> goto dies :: skip fi;
	if
	:: seen == ours -> goto done                        /* verified */
#ifndef UNCHECKED
	:: seen == hand -> goto done                        /* drifted: left alone */
#endif
	:: seen == before && journal == answered -> goto done   /* taken back by somebody: not sent again */
	:: seen != ours && journal == unsure && seenAt <= sentBy + SETTLE ->
		if                                          /* wait, and keep the lease */
		:: atomic { lease == me && now < leaseUntil -> leaseUntil = now + LEASE }
		:: else -> goto done
		fi;
		if
		:: now > sentBy + SETTLE -> goto look
		:: late -> goto done
		fi
	:: else
	fi;

	if
	:: atomic { lease == me && now < leaseUntil -> journal = intended; sentBy = now; leaseUntil = now + LEASE }
	:: else -> goto done
	fi;
	if :: lives > 1 -> goto dies :: skip fi;

	/* The transport waits until the rate lets the call leave. */
	if
#ifndef PATIENT
	:: atomic { lease == me && now > seenAt + PROMPT -> journal = nothing }
		goto look                                   /* too late: it is read again */
	:: atomic {
		lease == me && now < leaseUntil && now <= seenAt + PROMPT ->
#else
	:: atomic {
		lease == me && now < leaseUntil ->
#endif
		assert(!flying);
		stale = (stale || now > seenAt + PROMPT);
		flying = true; flyingUntil = now + SETTLE; sentBy = now; known = seenEdits
	}
	:: atomic { lease != me || now >= leaseUntil } -> goto done
	fi;
	if :: lives > 1 -> goto dies :: skip fi;
	if
	:: atomic { field == ours && lease == me -> journal = answered }
	:: atomic { lease == me -> journal = unsure }       /* the answer is lost */
	:: lease != me -> goto done
	fi;
	goto look;

dies:	lives--;
	goto born;
done:	atomic { if :: lease == me -> lease = 0 :: else fi };
end:	skip
}

init {
	atomic { run Apply(1); run Apply(2) }
}

/* I3: what somebody changed before the reading on which a call rests stays. */
ltl I3 { [] !clobbered }

/* The time between that reading and the call is no longer than what is told of it. */
ltl I3_window { [] !stale }
