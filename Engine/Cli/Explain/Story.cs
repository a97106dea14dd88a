using System;
using System.Collections.Generic;
using System.Linq;
using MigrationConformance.Core;

namespace MigrationConformance.Cli;

/// <summary>One event in the story of a page.</summary>
/// <param name="Step">The step that was made.</param>
/// <param name="Text">What it did to the page, or why the page left.</param>
internal sealed record StoryEvent(MigrationStep Step, string Text);

/// <summary>A part of the story: a pass, of which call of migrate_pages, or what the system call does after that one.</summary>
/// <param name="Call">The call, from 1; 0 when migrate_pages is all there is, and before the first call.</param>
/// <param name="Pass">The pass, or <see cref="Outside"/>.</param>
internal readonly record struct StoryPart(int Call, int Pass) : IComparable<StoryPart>
{
    /// <summary>The value of <see cref="Pass"/> outside migrate_pages.</summary>
    public const int Outside = 100;

    /// <inheritdoc/>
    public int CompareTo(StoryPart other) => (Call, Pass).CompareTo((other.Call, other.Pass));

    /// <summary>The heading of parts that tell the same.</summary>
    /// <param name="last">The last of them.</param>
    /// <returns>A few words.</returns>
    public string Heading(StoryPart last)
    {
        if (Pass == Outside)
            return Call == 0 ? "before migrate_pages" : $"after call {Call} of migrate_pages";
        string call = Call == 0 ? "" : $"call {Call}, ";
        return Pass == last.Pass ? $"{call}pass {Pass}" : $"{call}passes {Pass} to {last.Pass}, each";
    }
}

/// <summary>What happens to one page during a migration: every step that works on it, and every other step that changes it.</summary>
internal sealed class Story
{
    private readonly Machine m;
    private readonly Pfn page;
    private readonly WatchedEntries entries;
    private readonly Func<MappingPtr, string> nameOf;
    private Page last, lastNew;
    private Pfn newpage = Pfn.None, workedOn = Pfn.None;
    private BackOutReason reasonBefore;

    /// <summary>Makes an empty story.</summary>
    /// <param name="m">The machine before the run.</param>
    /// <param name="page">The page.</param>
    /// <param name="entries">Its page table entries.</param>
    /// <param name="nameOf">The names of mappings.</param>
    public Story(Machine m, Pfn page, WatchedEntries entries, Func<MappingPtr, string> nameOf)
    {
        this.m = m;
        this.page = page;
        this.entries = entries;
        this.nameOf = nameOf;
        last = m.Pages[page.Value];
    }

    /// <summary>The events of each pass in which something happened, and of what a system call does around its calls of migrate_pages.</summary>
    public SortedDictionary<StoryPart, List<StoryEvent>> Passes { get; } = [];

    /// <summary>The events by pass; passes with the same events stand together.</summary>
    /// <returns>The name of the pass or passes, and the events.</returns>
    public IEnumerable<(string Passes, List<StoryEvent> Events)> Grouped()
    {
        List<(StoryPart First, StoryPart Last, List<StoryEvent> Events)> groups = [];
        foreach ((StoryPart part, List<StoryEvent> events) in Passes)
        {
            if (groups.Count > 0 && groups[^1].Last == part with { Pass = part.Pass - 1 } && groups[^1].Events.SequenceEqual(events))
                groups[^1] = groups[^1] with { Last = part };
            else
                groups.Add((part, part, events));
        }
        return groups.Select(group => (group.First.Heading(group.Last), group.Events));
    }

    /// <summary>A step is about to be made.</summary>
    /// <param name="t">The migration.</param>
    public void Before(in KernelTask t)
    {
        workedOn = t.Page;
        reasonBefore = t.Reason;
    }

    /// <summary>A step was made, or the run stopped at it.</summary>
    /// <param name="t">The migration.</param>
    /// <param name="step">The step.</param>
    public void After(in KernelTask t, MigrationStep step)
    {
        bool about = t.Page == page && (workedOn == page || step == MigrationStep.ChoosePage);
        bool listed = last.Next != ListHead.Unlinked;
        List<string> changes = [.. Changes()];
        if ((PolicyStep)step is PolicyStep.PutBackFailed or PolicyStep.PutBackMoved or PolicyStep.PutBackRest && listed && last.Next == ListHead.Unlinked)
            changes.Add("back to the LRU, by a pagevec");
        if (about && ChangesOfNewPage(t) is { } ofNewPage)
            changes.Add(ofNewPage);
        if (about && step == MigrationStep.SwitchSlot)
            changes.Add($"the tree finds {t.Newpage} now");
        bool asNew = t.Newpage == page && changes.Count > 0;
        if (!about && changes.Count == 0)
            return;
        string prefix = about || (t.Page.IsNone && step != MigrationStep.BeginPass) ? "" : asNew ? $"as the new page of {t.Page}: " : step == MigrationStep.BeginPass ? "others let go: " : $"while {t.Page} is at work: ";
        string text = prefix + string.Join("; ", changes) + (about ? Ending(t, step, changes.Count > 0) : "");
        StoryPart part = PartOf(t, step);
        if (!Passes.TryGetValue(part, out List<StoryEvent>? events))
            Passes.Add(part, events = []);
        events.Add(new StoryEvent(step, text));
    }

    // A call of migrate_pages is numbered from 1; what comes before the first one belongs to number 0.
    private StoryPart PartOf(in KernelTask t, MigrationStep step)
    {
        if (t.Call == 0)
            return new StoryPart(0, t.Pass);
        bool outside = (int)step >= (int)PolicyStep.CheckArguments || step == MigrationStep.Finished;
        bool calls = (PolicyStep)step == PolicyStep.AllocateNewPage && t.Step == (int)MigrationStep.Begin;
        return new StoryPart(m.PolicyCalls[t.Call - 1].NrCalls - (calls ? 1 : 0), outside ? StoryPart.Outside : t.Pass);
    }

    private IEnumerable<string> Changes()
    {
        Page before = last;
        last = m.Pages[page.Value];
        return [.. PageText.Changes(before, last, nameOf), .. entries.Changes(page)];
    }

    private string? ChangesOfNewPage(in KernelTask t)
    {
        if (t.Newpage.IsNone)
        {
            newpage = Pfn.None;
            return null;
        }
        bool first = newpage != t.Newpage;
        Page before = lastNew;
        newpage = t.Newpage;
        lastNew = m.Pages[newpage.Value];
        if (first)
            return $"new {newpage}, count {lastNew.Count}, flags {PageText.Flags(lastNew.Flags)}";
        string changes = string.Join(", ", PageText.Changes(before, lastNew, nameOf));
        return changes == "" ? null : $"new page: {changes}";
    }

    private string Ending(in KernelTask t, MigrationStep step, bool changed)
    {
        string separator = changed ? "; " : "";
        if (t.Reason != reasonBefore && t.Reason != BackOutReason.None)
            return $"{separator}{(t.Rc == 0 ? "leaves" : "backs out")}: {Words.Of(t.Reason)}";
        if (step != MigrationStep.FinishPage)
            return "";
        return separator + (t.Rc == 0 ? "goes to moved" : t.Rc == -Errno.EAGAIN ? "stays on from (-EAGAIN)" : $"goes to failed ({t.Rc})");
    }
}

/// <summary>Tells a <see cref="Story"/> what happens.</summary>
internal readonly struct StoryObserver(Story story) : IMigrationObserver
{
    /// <inheritdoc/>
    public void Before(Machine m, TaskId task, MigrationStep step) => story.Before(m.Tasks[task.Value]);

    /// <inheritdoc/>
    public void After(Machine m, TaskId task, MigrationStep step) => story.After(m.Tasks[task.Value], step);
}
