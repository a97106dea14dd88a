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

        A run is a scenario, the actors beside its migration, and the order of their steps. Each step is told with the
        rows of the machine that it changed. The run ends at the first rule that does not hold, with the ledger of the
        page it is about, or when no task can go on.
        """;

    /// <summary>Makes the verb.</summary>
    /// <returns>The verb with its argument and help.</returns>
    public static Command Make()
    {
        Argument<string> file = new("FILE") { Description = "An interleaved run, as a failing property writes it." };
        Command verb = new("replay", "Replay an interleaved run, step by step.") { file };
        HelpWithExamples.Add(verb, After);
        verb.SetAction(parsed => Run(parsed.GetRequiredValue(file)));
        return verb;
    }

    private static int Run(string path)
    {
        Interleaved run;
        Machine m;
        try
        {
            run = InterleavedText.Read(File.ReadAllText(path));
            m = run.Build().Machine;
        }
        catch (Exception wrong) when (wrong is IOException or UnauthorizedAccessException or ScenarioException)
        {
            throw new UserError($"{path}: {wrong.Message.TrimEnd('.')}");
        }
        using TextOutput output = TextOutput.Standard();
        return Tell(output.Plain, run, m);
    }

    /// <summary>Runs a machine and tells each step.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="run">The run.</param>
    /// <param name="m">Its machine; it is changed.</param>
    /// <returns>The exit code: a finding when a rule does not hold.</returns>
    public static int Tell(TextWriter output, Interleaved run, Machine m)
    {
        if (run.Scenario.Title is { } title)
            output.WriteLine(title);
        output.WriteLine("task 0: the migration");
        for (int i = 0; i < run.Actors.Count; i++)
            output.WriteLine($"task {i + 1}: {run.Actors[i]}");
        var survey = new Survey(m);
        var teller = new Teller(output);
        Violation? violation = InvariantList.Check(m, survey);
        InterleavingEnd end = InterleavingEnd.Violated;
        if (violation is null)
            (end, violation, _) = Interleaving.Run(m, survey, run.Schedule.AsSpan(), teller);
        output.WriteLine();
        if (violation is not null)
        {
            output.WriteLine($"{violation}");
            if (!violation.Page.IsNone && violation.Page.Value < m.Pages.Count)
                output.WriteLine($"page {violation.Page.Value}: {Ledger.Describe(m, violation.Page)}; {Ledger.DescribeMapcount(m, violation.Page)}");
        }
        else if (end == InterleavingEnd.Deadlock)
            output.WriteLine($"deadlock:\n{WaitGraph.Cycle(m)}");
        else
            output.WriteLine(end == InterleavingEnd.Finished ? "every task is over, every rule holds" : $"the run ends: {end}");
        return end == InterleavingEnd.Finished ? ExitCode.Fine : ExitCode.Finding;
    }

    private sealed class Teller(TextWriter output) : IStepper
    {
        private int number;

        public StepResult Advance(Machine m, TaskId task)
        {
            string name = Tasks.StepName(m.Tasks[task.Value]);
            string[] before = m.Dump().Split('\n');
            StepResult result = Tasks.Advance(m, task);
            if (result is StepResult.Finished or StepResult.Blocked)
                return result;
            output.WriteLine($"\n{++number}. task {task.Value}, {m.Tasks[task.Value].Kind}: {name}");
            foreach (string line in Changes(before, m.Dump().Split('\n')))
                output.WriteLine($"   {line}");
            return result;
        }

        // A row is "name: field=value …"; only the fields that changed are told, and nothing of the tasks' own rows.
        private static IEnumerable<string> Changes(string[] before, string[] after)
        {
            var old = before.Where(line => line.Length > 0).ToDictionary(line => line[..line.IndexOf(':')]);
            foreach (string line in after.Where(line => line.Length > 0 && !line.StartsWith("task ", StringComparison.Ordinal)))
            {
                string row = line[..line.IndexOf(':')];
                string was = old.TryGetValue(row, out string? found) ? found : $"{row}:";
                if (was == line)
                    continue;
                string[] fields = was.Split(' ');
                yield return $"{row}: {string.Join(' ', line[(row.Length + 1)..].Split(' ').Where(field => field.Contains('=') && !fields.Contains(field)))}".TrimEnd();
            }
            foreach (string row in old.Keys.Where(row => !row.StartsWith("task ", StringComparison.Ordinal) && !after.Any(line => line.StartsWith($"{row}:", StringComparison.Ordinal))))
                yield return $"{row}: gone";
        }
    }
}
