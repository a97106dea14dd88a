using System;
using System.Collections.Generic;
using System.CommandLine;
using System.IO;
using System.Linq;
using MigrationConformance.Core;

namespace MigrationConformance.Cli;

/// <summary>The verb <c>replay</c>: an interleaved run, step by step, with what changed at each step.</summary>
internal static class ReplayVerb
{
    private const string After =
        """
        Examples:
          migration-conformance replay artifacts/counterexamples/0123456789abcdef.json

        A run is a scenario, the actors beside its migration, and the order of their steps. Each step is told in a line
        with what it changed in the machine. The run ends at the first rule that does not hold, with the ledger of the
        page it is about, or when no task can go on.
        """;

    /// <summary>Makes the verb.</summary>
    /// <returns>The verb with its argument and help.</returns>
    public static Command Make()
    {
        Argument<string> file = new("FILE") { Description = "An interleaved run, as a failing property writes it; - for standard input." };
        Command verb = new("replay", "Replay an interleaved run, step by step.") { file };
        HelpWithExamples.Add(verb, After);
        verb.SetAction(parsed => Run(ScenarioInput.PathOf(parsed.GetRequiredValue(file))));
        return verb;
    }

    private static int Run(string path)
    {
        Interleaved run;
        try
        {
            run = InterleavedText.Read(path == "-" ? Console.In.ReadToEnd() : File.ReadAllText(path));
            run.Build();
        }
        catch (Exception wrong) when (wrong is IOException or UnauthorizedAccessException or ScenarioException)
        {
            throw new UserError($"{(path == "-" ? "standard input" : path)}: {wrong.Message.TrimEnd('.')}");
        }
        using TextOutput output = TextOutput.Standard();
        return Tell(output.Plain, run);
    }

    /// <summary>Makes a run and tells each step.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="run">The run; it has a machine.</param>
    /// <returns>The exit code: a finding when a rule does not hold, when the kernel hits a BUG, and when a task waits for ever.</returns>
    public static int Tell(TextWriter output, Interleaved run)
    {
        if (run.Scenario.Title is { } title)
            output.WriteLine(title);
        output.WriteLine("task 0: the migration");
        Machine start = run.Build().Machine;
        for (int i = 0; i < run.Actors.Count; i++)
            output.WriteLine($"task {i + 1}: {run.Actors[i]}{(run.Actors[i].Fits(start) ? "" : ", which the machine has not: left out")}");
        output.WriteLine();
        CheckedRun told = CheckedRun.Of(run, new Teller(output, run));
        Machine m = told.Run.Machine;
        output.WriteLine();
        if (told.Violation is { } violation)
        {
            output.WriteLine($"{violation}");
            if (!violation.Page.IsNone && violation.Page.Value < m.Pages.Count)
                output.WriteLine($"page {violation.Page.Value}: {Ledger.Describe(m, violation.Page)}; {Ledger.DescribeMapcount(m, violation.Page)}");
        }
        else
            output.WriteLine(End(told.End, m));
        return told.End == InterleavingEnd.Finished ? ExitCode.Fine : ExitCode.Finding;
    }

    private static string End(InterleavingEnd end, Machine m) => end switch
    {
        InterleavingEnd.Finished => "every task is over, every rule holds",
        InterleavingEnd.KnownBug => $"a crash that the patch has: {m.Bug.Check} in {KernelBugChecks.Function(m.Bug.Check)} with page {m.Bug.Page.Value}; every rule held until then",
        _ => "every rule holds, and these tasks wait for ever for what others hold: "
            + string.Join(", ", Enumerable.Range(0, m.Tasks.Count).Where(task => !TaskLocals.IsFinished(m.Tasks[task])).Select(task => $"{task}, for {m.Tasks[task].WaitsFor} {m.Tasks[task].WaitsForNumber}")),
    };

    /// <summary>Tells each step in a line: its number, whose it is, and what it changed in the machine; and once what a task waits for.</summary>
    private sealed class Teller(TextWriter output, Interleaved run) : IStepper
    {
        private readonly string[] waiting = new string[run.Actors.Count + 1];
        private MachineChanges? changes;
        private int number;

        public StepResult Advance(Machine m, TaskId task)
        {
            changes ??= new MachineChanges(new MachineView(m));
            KernelTask t = m.Tasks[task.Value];
            changes.Remember();
            StepResult result = Tasks.Advance(m, task);
            if (result is StepResult.Ran or StepResult.Bug)
            {
                string changed = changes.Since(tasks: false);
                // A documented step stands with its number.
                string documented = t.Kind == TaskKind.Migration && t.Step is > 0 and <= (int)MigrationStep.MoveToLru ? $"step {t.Step}, " : "";
                output.WriteLine($"{++number,4}. task {task.Value}: {documented}{Tasks.StepName(t)}{(changed.Length > 0 ? $": {changed}" : "")}");
                // At once: the next step may be one that does not end.
                output.Flush();
                waiting[task.Value] = "";
            }
            else if (result == StepResult.Blocked)
                TellWait(m, task);
            return result;
        }

        private void TellWait(Machine m, TaskId task)
        {
            KernelTask t = m.Tasks[task.Value];
            int holder = WaitGraph.Holder(m, t);
            string what = $"waits for {t.WaitsFor} {t.WaitsForNumber}{(holder >= 0 ? $", held by task {holder}" : "")}";
            if (waiting[task.Value] != what)
                output.WriteLine($"      task {task.Value} {what}");
            waiting[task.Value] = what;
        }
    }
}
