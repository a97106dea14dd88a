namespace MigrationConformance.Snapshots;

/// <summary>Each kind of rendering, on one machine that has something for all of them, in the middle of a run.</summary>
[TestFixture]
public sealed class Renderings
{
    [Test]
    public Task Page_tables() => Verify(PageTablesText.OfAll(new MachineView(Machine())));

    [Test]
    public Task Swap() => Verify(SwapText.Of(new MachineView(Machine())));

    [Test]
    public Task Lists() => Verify(ListsText.Of(new MachineView(Machine())));

    [Test]
    public Task Whole_machine() => Verify(MachineText.Of(new MachineView(Machine())));

    [Test]
    public Task Page_with_its_holders() => Verify(PageText.WithLedger(new MachineView(Machine()), new Pfn(0)));

    [Test]
    public void A_name_cannot_bring_markup_into_a_picture_nor_a_line_into_a_text()
    {
        ScenarioMachine run = ScenarioBuilder.Build(new Scenario
        {
            Files = [new() { Name = "</text><script>x</script>\n\u2028\u202e: , \"]]>&" }],
            Pages = [new() { File = 0, Index = 7 }],
        });

        string tree = TreeText.OfAll(new MachineView(run));
        string picture = Picture.Draw(("tree", tree));

        Assert.That(tree.Split('\n'), Has.Length.EqualTo(4));
        Assert.That(Outline.Parse(tree)[0]["nrpages"], Is.EqualTo("1"));
        System.Xml.Linq.XDocument svg = System.Xml.Linq.XDocument.Parse(picture);
        Assert.That(svg.Descendants().Select(e => e.Name.LocalName).Distinct(), Is.SubsetOf(new[] { "svg", "style", "rect", "text", "path" }));
        Assert.That(svg.Descendants().Any(e => e.Value.Contains("<script>")), Is.True);
    }

    // Between step 11 and step 12 the slot has let go of the old page, and its reference is still counted.
    [Test]
    public Task Holders_while_the_slot_is_switched()
    {
        ScenarioMachine run = ScenarioBuilder.Build(new Scenario { Pages = [new() { File = 0, Index = 7 }] });
        var view = new MachineView(run);
        var text = new System.Text.StringBuilder();
        foreach (MigrationStep step in new[] { MigrationStep.EstablishNewPage, MigrationStep.SwitchSlot, MigrationStep.DropTreeReference, MigrationStep.DropTreeLock })
        {
            Assert.That(Stepper.RunUntilBefore(run.Machine, run.Migration, step), Is.True);
            text.Append($"before step {(int)step}\n{PageText.WithLedger(view, new Pfn(0))}{PageText.WithLedger(view, new Pfn(1))}");
        }

        return Verify(text.ToString());
    }

    private static ScenarioMachine Machine()
    {
        ScenarioMachine run = ScenarioBuilder.Build(new Scenario
        {
            FanOut = 8,
            Zones = 2,
            Files = [new() { Name = "data, <b>\n" }, new() { Kind = MappingKind.Tmpfs, Swapped = [new(4, 2)] }],
            Processes = [new() { Name = "reader" }, new()],
            Swap = new() { Slots = 6, Map = [new(5, Bad: true)], Contents = [new(2, 0x99)] },
            Pages =
            [
                new() { File = 0, Index = 7, Ptes = [new() { Young = true }, new() { Dirty = true }], Buffers = [new() { Users = [3] }], References = [Until.Never] },
                new() { AnonVma = 0, Index = 2, SwapCache = 3, SwappedBy = 1 },
                new() { File = 1, Index = 0, Flags = PageFlags.Uptodate | PageFlags.Active, List = PagePlace.Lru },
                new() { File = 1, Index = 1, Zone = 1, List = PagePlace.LruAdd },
                new() { File = 0, Index = 9, Writeback = new() { Until = 4 }, List = PagePlace.Lru },
            ],
        });
        run.Machine.AddTask(Tasks.Access(TaskKind.Fault, new MmId(1), 0x10007000));
        Assert.That(Stepper.RunUntilBefore(run.Machine, run.Migration, MigrationStep.LockPage, pass: 1), Is.True);
        return run;
    }
}
