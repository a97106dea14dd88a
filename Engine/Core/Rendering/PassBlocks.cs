using System.Globalization;
using System.Text;

namespace MigrationConformance.Core;

/// <summary>What a run tells, pass by pass; a pass that says the same as the one before it is told in one line with it.</summary>
internal sealed class PassBlocks
{
    private readonly List<(string Name, StringBuilder Body)> blocks = [];

    /// <summary>Starts a pass.</summary>
    /// <param name="pass">Its number.</param>
    /// <param name="changed">What changed when it started, or "".</param>
    public void Begin(int pass, string changed) =>
        blocks.Add((string.Create(CultureInfo.InvariantCulture, $"pass {pass}"), new StringBuilder(changed.Length == 0 ? "\n" : $": {changed}\n")));

    /// <summary>Starts a part of its own, which is told even when another says the same.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="said">What is said of it, or "".</param>
    public void Part(string name, string said) => blocks.Add((name, new StringBuilder(said.Length == 0 ? "\n" : $": {said}\n")));

    /// <summary>Adds a line to the pass.</summary>
    public void Line(int depth, string line) => blocks[^1].Body.Append(' ', depth * 2).Append(line).Append('\n');

    /// <summary>Passes that have lines, those that are alike together.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        List<(string Name, StringBuilder Body)> told = blocks.FindAll(b => b.Body.Length > 1);
        for (int first = 0, next; first < told.Count; first = next)
        {
            next = first + 1;
            while (next < told.Count && told[next].Body.Equals(told[first].Body))
                next++;
            text.Append(told[first].Name).Append(told[first].Body);
            if (next == first + 2)
                text.Append($"{told[first + 1].Name} as {told[first].Name}\n");
            else if (next > first + 2)
                text.Append($"{told[first + 1].Name} to {told[next - 1].Name} as {told[first].Name}\n");
        }
        return text.ToString();
    }

    /// <summary>How a run ended, in one line.</summary>
    public static string Ending(MachineView view, MigrationResult result)
    {
        KernelTask t = result.Task;
        BugRecord bug = result.Run.Machine.Bug;
        string place = string.Create(CultureInfo.InvariantCulture, $"pass {t.Pass}, step {PolicyCalls.StepName(t.Step)}");
        return result.End switch
        {
            StepResult.Finished when t.Result < 0 => $"returns -{Errno.Name(-t.Result)}",
            StepResult.Finished => string.Create(CultureInfo.InvariantCulture, $"returns {t.Result}"),
            StepResult.Blocked => string.Create(CultureInfo.InvariantCulture, $"blocked: {view.Page(t.Page)}, {place}, waits for {t.WaitsFor} {t.WaitsForNumber}"),
            _ => $"bug: {view.Page(bug.Page)}, {place}, check {bug.Check}, in {KernelBugChecks.Function(bug.Check)}",
        };
    }

    /// <summary>An answer as the kernel writes it: 0, or the name of an error.</summary>
    public static string Rc(int rc) => rc switch
    {
        0 => "0",
        -Errno.EAGAIN => "-EAGAIN",
        -Errno.ENOMEM => "-ENOMEM",
        _ => rc.ToString(CultureInfo.InvariantCulture),
    };
}
