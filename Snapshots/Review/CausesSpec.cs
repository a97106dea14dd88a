using MigrationConformance.Cli.Review;

namespace MigrationConformance.Snapshots.Review;

/// <summary>The cause of a difference is told in words that leave out which page, slot or file it was.</summary>
[TestFixture]
public sealed class CausesSpec
{
    [TestCase("newpage 1: count 2, mapcount 0, flags uptodate", "newpage 1: count 2, mapcount 0, flags referenced|uptodate", "new page gains PG_referenced")]
    [TestCase("page 0: count 2, flags uptodate|lru", "page 0: count 2, flags uptodate", "page loses PG_lru")]
    [TestCase("page 7: count 2", "page 7: count 3", "page: count +1")]
    [TestCase("page 7: mapping file 3", "page 7: mapping NULL", "page: mapping file becomes NULL")]
    [TestCase("[0x7]: page 0, count 3, flags uptodate, tags dirty", "[0x7]: page 0, count 3, flags uptodate", "slot loses tag dirty")]
    [TestCase("[0x7]: page 0, count 3, tags dirty", "[0x7]: page 0, count 3, tags dirty|writeback", "slot gains tag writeback")]
    [TestCase("[0x7]: page 0, count 3", "[0x7]: newpage 1, count 3", "slot: page becomes newpage")]
    [TestCase("from: pages 1\n  page 0: count 1\nmoved: pages 0", "from: pages 1\nmoved: pages 0\n  page 0: count 1", "page is on moved instead of from")]
    [TestCase("    15 CopyFlags: newpage 1 +uptodate", "    15 CopyFlags: newpage 1 +referenced +uptodate", "new page gains PG_referenced")]
    [TestCase("    16 ClearOldPage: page 1 -active", "    16 ClearOldPage", "page gains PG_active")]
    [TestCase("    12 DropTreeReference: page 0 count 2->1", "    12 DropTreeReference", "page: count +1")]
    [TestCase("    12 DropTreeReference: page 0 count 2->1", "    12 DropTreeReference: page 0 count 2->0", "page: count -1")]
    [TestCase("    16 ClearOldPage", "    17 EndNewPageWriteback", "step ClearOldPage is gone;step EndNewPageWriteback is new")]
    [TestCase("    - Pageout: leaves PageoutNotFreeable", "    - Pageout: leaves PageoutActivate", "a step says leaves PageoutActivate instead of PageoutNotFreeable")]
    [TestCase("pass 0\n  page 0: left, rc -EAGAIN", "pass 0\n  page 0: left, rc 0", "page: rc -EAGAIN becomes 0")]
    [TestCase("pass 0\n  page 0\n    1 LockPage\npass 1", "pass 0\npass 1\n  page 0\n    1 LockPage", "page is under another pass;steps are made in another pass, or for another page")]
    [TestCase("pass 0\npass 1", "pass 0", "a pass is gone")]
    [TestCase("both: a 1, a 2\npage 0: count 1", "both: a 1, a 2\npage 0: count 2", "page: count +1")]
    [TestCase("a\nb\n", "b\na\n", "the order of lines")]
    [TestCase("a\n", "a", "blanks or line ends")]
    [TestCase(null, "a", "no approved file yet")]
    public void Of_a_text(string? approved, string received, string expected)
    {
        Assert.That(string.Join(';', Of("txt", approved, received)), Is.EqualTo(expected));
    }

    [Test]
    public void A_picture_has_the_cause_of_the_text_it_was_drawn_from()
    {
        const string Before = "tree of file 0: height 1\n  node 0x0: height 1, slots 1\n    [0x7]: newpage 1, count 2, mapcount 0, flags uptodate, tags dirty\n";
        string after = Before.Replace("flags uptodate", "flags referenced|uptodate").Replace("tags dirty", "tags dirty|writeback");

        IEnumerable<string> causes = Of("svg", Picture.Draw(("after", Before)), Picture.Draw(("after", after)));

        Assert.That(causes, Is.EqualTo(new[] { "new page gains PG_referenced", "slot gains tag writeback" }));
    }

    private static SortedSet<string> Of(string extension, string? approved, string received) =>
        Causes.Of(new PendingSnapshot($"A.{extension}", $"A.received.{extension}", $"A.verified.{extension}", approved, received));
}
