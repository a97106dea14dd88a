namespace MigrationConformance.Core;

/// <summary>What a search over all interleavings found.</summary>
/// <param name="States">Different machines, the first included.</param>
/// <param name="Transitions">Steps that were made and led to a machine, known or not.</param>
/// <param name="Closed">Whether everything reachable was visited.</param>
/// <param name="Ends">Machines in which every task is over.</param>
/// <param name="Starved">Machines in which the rest waits for others outside.</param>
/// <param name="Violation">The first violation, or null.</param>
/// <param name="Deadlock">The first wait cycle, or null.</param>
/// <param name="Schedule">The shortest schedule to the violation or the deadlock.</param>
public sealed record SearchReport(
    int States, long Transitions, bool Closed, int Ends, int Starved, Violation? Violation, string? Deadlock, int[] Schedule);

/// <summary>Looks at a machine of a search.</summary>
public interface IStateVisitor
{
    /// <summary>A step from one machine to the next.</summary>
    /// <param name="before">The machine before.</param>
    /// <param name="after">The machine after.</param>
    /// <param name="task">The task that made the step.</param>
    /// <param name="violation">What the visitor finds wrong with the step, or null.</param>
    /// <returns>Whether the search goes on from there.</returns>
    bool Step(Machine before, Machine after, int task, out Violation? violation);

    /// <summary>A machine in which no task can go on.</summary>
    /// <param name="m">The machine.</param>
    void End(Machine m);
}

/// <summary>Looks at nothing.</summary>
public readonly struct NoVisitor : IStateVisitor
{
    /// <inheritdoc/>
    public bool Step(Machine before, Machine after, int task, out Violation? violation)
    {
        violation = null;
        return true;
    }

    /// <inheritdoc/>
    public void End(Machine m)
    {
    }
}

/// <summary>Breadth-first search over every interleaving of a machine's tasks: fingerprints of all states, machines of the frontier only.</summary>
/// <remarks>
/// Every invariant is checked in every state, and the rule of each step of a migration at every step.
/// Two machines of the same 64-bit fingerprint are taken for one: with a million states, one chance in thirty
/// million that a state is missed. Machines are taken from and given back to a pool, so a step allocates nothing.
/// </remarks>
public static class StateSpace
{
    /// <summary>Searches.</summary>
    /// <typeparam name="TStepper">Who makes the steps.</typeparam>
    /// <typeparam name="TVisitor">Who looks on.</typeparam>
    /// <param name="start">The first machine; it is not changed.</param>
    /// <param name="stepper">Who makes the steps.</param>
    /// <param name="visitor">Who looks on.</param>
    /// <param name="mostStates">Gives up after that many states.</param>
    /// <param name="isKnown">Which kernel BUGs are an end like any other, not a violation.</param>
    /// <param name="rule">The only rule whose violation is looked for: where another one is broken the search does not go on. Null looks for all.</param>
    /// <returns>What was found.</returns>
    public static SearchReport Search<TStepper, TVisitor>(
        Machine start, TStepper stepper, ref TVisitor visitor, int mostStates = 2_000_000, Func<Machine, bool>? isKnown = null, string? rule = null)
        where TStepper : IStepper
        where TVisitor : IStateVisitor
    {
        var survey = new Survey(start);
        var seen = new FingerprintSet();
        var parents = new List<(int Parent, int Task)> { (-1, -1) };
        var frontier = new Queue<(Machine Machine, int State)>();
        var pool = new Stack<Machine>();
        long transitions = 0;
        int ends = 0, starved = 0;
        seen.Add(start.Fingerprint(), out _);
        frontier.Enqueue((new Machine(start), 0));
        while (frontier.Count > 0)
        {
            (Machine m, int state) = frontier.Dequeue();
            bool moved = false, finished = true;
            for (int task = 0; task < m.Tasks.Count; task++)
            {
                Machine next = Take(pool, m);
                StepResult result = stepper.Advance(next, new TaskId(task));
                finished &= result == StepResult.Finished;
                // What a blocked task waits for is written in its row, and is no step.
                if (result == StepResult.Blocked)
                    m.Tasks[task].Block(next.Tasks[task].WaitsFor, next.Tasks[task].WaitsForNumber);
                if (result is StepResult.Finished or StepResult.Blocked)
                {
                    pool.Push(next);
                    continue;
                }
                moved = true;
                transitions++;
                Settle(next);
                bool goesOn = visitor.Step(m, next, task, out Violation? visitors);
                bool known = !seen.Add(next.Fingerprint(), out int number);
                if (!known)
                    parents.Add((state, task));
                bool isEnd = isKnown is not null && next.Bug.Check != BugCheck.None && isKnown(next);
                // The invariants first, as in a run: a defect is told by the sharpest rule.
                Violation? violation = (known || isEnd ? null : InvariantList.Check(next, survey)) ?? StepRules.Check(new Transition(m, next, task)) ?? visitors;
                if (violation is not null && (rule ?? violation.Rule) == violation.Rule)
                    return new SearchReport(seen.Count, transitions, false, ends, starved, violation, null, [.. Path(parents, state), task]);
                ends += isEnd && !known ? 1 : 0;
                if (!known && !isEnd && goesOn && violation is null)
                {
                    frontier.Enqueue((next, number));
                    continue;
                }
                pool.Push(next);
            }
            if (!moved)
            {
                visitor.End(m);
                ends += finished ? 1 : 0;
                starved += finished ? 0 : 1;
                if (!finished && WaitGraph.Cycle(m) is { } cycle)
                    return new SearchReport(seen.Count, transitions, false, ends, starved, null, cycle, Path(parents, state));
            }
            pool.Push(m);
            if (seen.Count > mostStates)
                return new SearchReport(seen.Count, transitions, false, ends, starved, null, null, []);
        }
        return new SearchReport(seen.Count, transitions, true, ends, starved, null, null, []);
    }

    /// <summary>Searches without looking on.</summary>
    /// <param name="start">The first machine.</param>
    /// <param name="mostStates">Gives up after that many states.</param>
    /// <returns>What was found.</returns>
    public static SearchReport Search(Machine start, int mostStates = 2_000_000)
    {
        var nothing = default(NoVisitor);
        return Search(start, default(EngineStepper), ref nothing, mostStates);
    }

    /// <summary>Forgets what nobody looks at any more, so that machines that differ in it only are one state: what tasks waited for.</summary>
    /// <param name="m">The machine.</param>
    public static void Settle(Machine m)
    {
        foreach (ref KernelTask t in m.Tasks.Rows)
            t.Block(WaitKind.None, 0);
    }

    private static Machine Take(Stack<Machine> pool, Machine value)
    {
        if (!pool.TryPop(out Machine? machine))
            return new Machine(value);
        machine.CopyFrom(value);
        return machine;
    }

    private static int[] Path(List<(int Parent, int Task)> parents, int state)
    {
        var path = new List<int>();
        for (; parents[state].Parent >= 0; state = parents[state].Parent)
            path.Add(parents[state].Task);
        path.Reverse();
        return [.. path];
    }
}
