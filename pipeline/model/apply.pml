/*
 * One apply of a planned create against a lossy remote: journal, lease, settle
 * and resume. Two lines of processes, each of which may die at any moment and be
 * started again. What a request asks for is carried out at once, late but within
 * settle, or never, and its answer may be lost.
 *
 * The clock ticks. A request that left may be carried out until one tick later
 * (settle); a lease lasts two ticks after it was renewed, so that whoever takes
 * that of a dead process comes after everything that it sent.
 *
 * I1 and I6 are the laws of that name in docs/faults.md; of the others it says nothing.
 * There is one create and no record that somebody edits; drift.pml has one. `make model`
 * checks every run.
 */

#define SETTLE 1
#define LEASE 2
#define LIVES 2
#define NOON 7    /* the clock ends here */

mtype = { nothing, intended, unsure, answered };

mtype journal = nothing;  /* of the row's last call; outlives processes */
byte sentBy = 0;          /* tick by which the last call had left */
byte lease = 0;           /* who holds it, 1 or 2; 0: nobody */
byte leaseUntil = 0;
byte now = 0;

byte contacts = 0;        /* that the remote has of the row */
byte flying = 0;          /* requests that may still be carried out */
byte flyingUntil = 0;
byte verified = 0;        /* processes that called the row verified */
bool late = false;        /* time is over */

/* The remote looks nothing up: two requests make two contacts. */
active proctype Remote() {
end:	do
	:: atomic { flying > 0 -> flying--; contacts++ }
	:: atomic { flying > 0 -> flying-- }
	:: atomic { now < NOON && (flying == 0 || now < flyingUntil) -> now++ }
	:: atomic { now == NOON && flying == 0 && !late -> late = true }
	od
}

proctype Apply(byte me) {
	byte lives = LIVES;
	byte seen, seenAt;

born:	/* Whoever holds the lease is alone; a process that was killed keeps it until it runs out. */
	if
	:: atomic { (lease == 0 || now >= leaseUntil) && !late -> lease = me; leaseUntil = now + LEASE }
	:: late -> goto end
	fi;
	/* A call without a verdict left before its process died, SETTLE before the lease ran out. */
	atomic {
		if
		:: lease != me -> goto done                 /* it slept, and lost the lease meanwhile */
		:: lease == me && journal == intended -> journal = unsure
		:: else
		fi
	}
	if :: lives > 1 -> goto dies :: skip fi;

look:	/* A reading shows what was when it began; only then is it compared with the time
	   that a call takes to settle. */
	atomic { seen = contacts; seenAt = now }
	if :: lives > 1 -> goto dies :: skip fi;
	if
	:: seen > 0 -> verified++; goto done
	:: seen == 0 && journal == answered -> goto done   /* taken away by somebody: not sent again */
	:: seen == 0 && journal == unsure && seenAt <= sentBy + SETTLE ->
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

	/* What was seen holds while the lease does: nobody else writes. */
	if
	:: atomic { lease == me && now < leaseUntil -> journal = intended; sentBy = now; leaseUntil = now + LEASE }
	:: else -> goto done
	fi;
	if :: lives > 1 -> goto dies :: skip fi;
	if
	:: atomic {
		lease == me && now < leaseUntil ->
		assert(journal == intended);                /* I6: the intent is durable before anything leaves */
		assert(flying == 0);                        /* settle: nothing is under way that could be carried out as well */
		flying++; flyingUntil = now + SETTLE; sentBy = now
	}
	:: else -> goto done
	fi;
	if :: lives > 1 -> goto dies :: skip fi;
	if
	:: atomic { contacts > 0 && lease == me -> journal = answered }
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

/* I1: no contact is created twice for one planned create. */
ltl I1 { [] (contacts <= 1) }

/* Nothing is called verified that is not there: what the outcomes of an apply mean,
   and no law of docs/faults.md by itself. */
ltl verified_is_there { [] (verified == 0 || contacts >= 1) }
