using MigrationConformance.Core;

namespace MigrationConformance.Scenarios;

/// <summary>A scenario that makes no machine is refused in one sentence: the place, what stands there, and what should.</summary>
[TestFixture]
public sealed class BadMachines
{
    // Nothing makes these a machine, not even "illegal".
    [TestCase("{'files':[],'pages':[{'file':0}]}", "$.pages[0].file: found 0, expected no number, since there are no files.")]
    [TestCase("{'files':[{}],'pages':[{},{'file':1}]}", "$.pages[1].file: found 1, expected one of the files, 0 to 0.")]
    [TestCase("{'files':[{}],'vmas':[{'process':0,'start':0,'pages':1,'file':2}]}", "$.vmas[0].file: found 2, expected one of the files, 0 to 0.")]
    [TestCase("{'processes':[{}],'vmas':[{'process':1,'start':0,'pages':1,'anonVma':0}]}", "$.vmas[0].process: found 1, expected one of the processes, 0 to 0.")]
    [TestCase("{'processes':[{}],'pages':[{'file':0,'mappedBy':2}]}", "$.processes: found 1 processes, expected 2, since a page asks for 2 entries and there are no \"vmas\".")]
    [TestCase("{'vmas':[{'process':0,'start':0,'pages':1}]}", "$.vmas[0]: found neither \"file\" nor \"anonVma\", expected at least one of them.")]
    [TestCase("{'vmas':[{'process':0,'start':'0x7ffffffff000','pages':2,'file':0}]}", "$.vmas[0].pages: found 2, expected at least 1 page, and the end at most at 2^47.")]
    [TestCase("{'vmas':[{'process':0,'start':0,'pages':2,'file':0,'pgoff':'0xfffffffffffffffe'}]}",
        "$.vmas[0].pgoff: found 18446744073709551614, expected an offset such that the last page has one below 2^64.")]
    [TestCase("{'vmas':[{'process':0,'start':0,'pages':1,'anonVma':0,'entries':[{'address':4096,'slot':1}]}]}",
        "$.vmas[0].entries[0].address: found 0x1000, expected a multiple of 4096 in VMA 0, from 0x0 to 0xfff.")]
    [TestCase("{'zones':2,'pages':[{'zone':2}]}", "$.pages[0].zone: found 2, expected one of the zones, 0 to 1.")]
    [TestCase("{'pages':[{'cpu':1}]}", "$.pages[0].cpu: found 1, expected one of the CPUs, 0 to 0.")]
    [TestCase("{'swap':{'slots':2},'pages':[{'swapCache':3}]}", "$.pages[0].swapCache: found slot 3, expected one of the slots, 1 to 2.")]
    [TestCase("{'swap':{'slots':2},'pages':[{'swapCache':2,'repeat':2}]}", "$.pages[0].swapCache: found slot 3, expected one of the slots, 1 to 2.")]
    [TestCase("{'pages':[{'swapCache':33554432,'repeat':2}]}", "$.pages[0].swapCache: found 33554432 and 1 after it, expected slots from 1 to 33554432.")]
    [TestCase("{'swap':{'slots':0,'contents':[{'slot':1,'contents':2}]}}", "$.swap.contents[0].slot: found slot 1, expected no slot, since the swap device has none.")]
    [TestCase("{'swap':{'map':[{'slot':1,'users':2},{'slot':1,'bad':true}]}}", "$.swap.map[1].slot: found slot 1 for the second time, expected each slot once.")]
    [TestCase("{'swap':{'slots':1},'files':[{'kind':'tmpfs','swapped':[{'index':0,'slot':2}]}]}", "$.files[0].swapped[0].slot: found slot 2, expected one of the slots, 1 to 1.")]
    [TestCase("{'files':[{'kind':'tmpfs','swapped':[{'index':5,'slot':2},{'index':5,'slot':3}]}]}", "$.files[0].swapped: found index 5 twice, expected each index once.")]
    [TestCase("{'files':[{'blocks':[{'index':5,'contents':2},{'index':4,'contents':2},{'index':5,'contents':3}]}]}", "$.files[0].blocks: found index 5 twice, expected each index once.")]
    [TestCase("{'files':[{'kind':'tmpfs','migratepage':'migratePage'}]}", "$.files[0].migratepage: found a method for a tmpfs file, expected \"absent\", since tmpfs has none yet.")]
    [TestCase("{'files':[{'kind':'tmpfs','writepage':'failing'}]}", "$.files[0].writepage: found a method for a tmpfs file, expected none, since tmpfs has its own.")]
    [TestCase("{'files':[{'kind':'tmpfs','blocks':[{'index':0,'contents':1}]}]}", "$.files[0].blocks: found blocks of a tmpfs file, expected none, since tmpfs has no backing store.")]
    [TestCase("{'files':[{'segmentLocked':true}]}", "$.files[0].segmentLocked: found true for a regular file, expected \"kind\": \"tmpfs\".")]
    [TestCase("{'files':[{'swapped':[{'index':0,'slot':1}]}]}", "$.files[0].swapped: found entries for a regular file, expected \"kind\": \"tmpfs\".")]
    [TestCase("{'pages':[{'file':0,'anonVma':0}]}", "$.pages[0]: found both \"file\" and \"anonVma\", expected at most one of them.")]
    [TestCase("{'pages':[{'file':0,'mappedBy':1,'ptes':[{}]}]}", "$.pages[0]: found both \"mappedBy\" and \"ptes\", expected at most one of them.")]
    [TestCase("{'pages':[{'anonVma':0,'swapPtes':1}]}", "$.pages[0].swapPtes: found swap entries for a page without a slot, expected \"swapCache\" beside it.")]
    [TestCase("{'pages':[{'dirtyTag':true}]}", "$.pages[0].dirtyTag: found a tag for a page that is in no tree, expected \"file\" or \"swapCache\" beside it.")]
    [TestCase("{'pages':[{'file':0,'buffers':[{},{},{},{},{},{},{},{},{}]}]}", "$.pages[0].buffers: found 9 buffers, expected at most 8.")]
    [TestCase("{'pages':[{'file':0,'index':'0xffffffffffffffff','repeat':2}]}", "$.pages[0].index: found 18446744073709551615 and 1 after it, expected at most 18446744073709551615.")]
    [TestCase("{'pages':[{'file':0,'index':'0xfffffffff','mappedBy':1}]}",
        "$.pages: found a VMA to be made of 68719476736 pages at 0x10000000, expected one that ends at most at 2^47, or \"vmas\".")]
    [TestCase("{'vmas':[],'pages':[{'file':0,'mappedBy':1}]}", "$.pages[0].mappedBy: found entry 0 of a page that 0 VMAs cover, expected a VMA for each entry, or \"vma\".")]
    [TestCase("{'pages':[{'file':0,'ptes':[{},{'vma':2}]}]}", "$.pages[0].ptes[1].vma: found 2, expected one of the VMAs, 0 to 1.")]
    [TestCase("{'pages':[{'file':0,'ptes':[{'address':4096}]}]}", "$.pages[0].ptes[0].address: found 0x1000, expected a multiple of 4096 in VMA 0, from 0x10000000 to 0x10000fff.")]
    [TestCase("{'vmas':[{'process':0,'start':0,'pages':1,'file':0}],'pages':[{'file':0,'index':1,'ptes':[{'vma':0}]}]}",
        "$.pages[0].ptes[0]: found no address for offset 1, which VMA 0 does not cover, expected \"address\", or a VMA that covers the page.")]
    [TestCase("{'from':[0]}", "$.from[0]: found 0, expected no number, since there are no pages.")]
    [TestCase("{'from':[1],'pages':[{'file':0}]}", "$.from[0]: found 1, expected one of the pages, 0 to 0.")]
    [TestCase("{'from':[0,0],'pages':[{'file':0}]}", "$.from[1]: found page 0, which is on \"from\" already, expected another page.")]
    [TestCase("{'from':[0],'to':[0],'pages':[{'file':0}]}", "$.to[0]: found page 0, which is on \"from\" already, expected another page.")]
    [TestCase("{'from':[0],'pages':[{'file':0,'list':'lru'}]}",
        "$.from[0]: found page 0, which is \"lru\", expected a page whose \"list\" is \"isolated\", or \"before\" with \"isolate\".")]
    [TestCase("{'from':[],'to':[0],'pages':[{'list':'isolated'}]}", "$.to[0]: found page 0, which is \"isolated\", expected a page whose \"list\" is \"new\".")]
    [TestCase("{'pages':[{'file':0,'repeat':14,'list':'lruAdd'}]}", "$.pages[0].list: found page 13 for a pagevec with 13 pages, expected at most 13 pages in a pagevec.")]
    [TestCase("{'pages':[{'repeat':33554432},{}]}", "$.pages[1]: found 33554433 frames up to here, expected at most 33554432.")]
    [TestCase("{'pages':[{}],'to':33554432}", "$.to: found 33554432 new frames beside 1 of \"pages\", expected at most 33554432 frames.")]
    [TestCase("{'pages':[{'file':0,'repeat':33554432,'buffers':2}]}", "$.pages[0]: found 67108864 buffers up to here, expected at most 33554432.")]
    [TestCase("{'pages':[{'file':0,'repeat':1000000,'mappedBy':1000}]}", "$.pages[0]: found 1000000000 page table entries up to here, expected at most 67108864.")]
    [TestCase("{'pages':[{'file':0},{'file':1,'mappedBy':500001}]}", "$.pages: found 2 files and anon_vmas with pages of 500001 entries, expected at most 1000000 VMAs to be made.")]
    [TestCase("{'locks':[{'lock':'lru','zone':1}]}", "$.locks[0].zone: found 1, expected one of the zones, 0 to 0.")]
    [TestCase("{'files':[],'locks':[{'lock':'immap','file':0}]}", "$.locks[0].file: found 0, expected no number, since there are no files.")]
    [TestCase("{'processes':[],'locks':[{'lock':'mmapSem','process':0}]}", "$.locks[0].process: found 0, expected no number, since there are no processes.")]
    public void Is_told_what_cannot_be(string text, string sentence)
    {
        text = text.Replace('\'', '"');

        Assert.That(Sentence.OfBuilding(text), Is.EqualTo(sentence));
        Assert.That(Sentence.OfBuilding("{\"illegal\":true," + text[1..]), Is.EqualTo(sentence), "also when illegal");
    }

    // These contradict themselves; "illegal" makes a machine of them.
    [TestCase("{'pages':[{'file':0,'index':7},{'file':0,'index':7}]}", "$.pages[1].index: found 7 of file 0, which page 0 has already, expected another one")]
    [TestCase("{'pages':[{'file':0,'repeat':3},{'file':0,'index':2}]}", "$.pages[1].index: found 2 of file 0, which page 2 has already, expected another one")]
    [TestCase("{'pages':[{'swapCache':3},{'anonVma':0,'swapCache':3}]}", "$.pages[1].swapCache: found slot 3, which page 0 has already, expected another one")]
    [TestCase("{'pages':[{'file':0,'swapCache':3}]}", "$.pages[0]: found both \"file\" and \"swapCache\", expected at most one of them")]
    [TestCase("{'vmas':[{'process':0,'start':0,'pages':1,'file':0}],'pages':[{'ptes':[{'vma':0}]}]}", "$.pages[0]: found page table entries of a page without owner, expected \"file\" or \"anonVma\"")]
    [TestCase("{'pages':[{'anonVma':0,'buffers':1}]}", "$.pages[0].buffers: found buffers of a page that is not a file's, expected no buffers")]
    [TestCase("{'files':[{'kind':'tmpfs'}],'pages':[{'file':0,'buffers':1}]}", "$.pages[0].buffers: found buffers of a tmpfs page, expected no buffers")]
    [TestCase("{'from':[],'pages':[{'file':0,'list':'free'}]}", "$.pages[0]: found a page that is \"free\" and in use, expected another \"list\"")]
    [TestCase("{'from':[],'pages':[{'references':[1]}]}", "$.pages[0]: found a page that is \"free\" and in use, expected another \"list\"")]
    [TestCase("{'to':[0],'pages':[{'list':'new','references':[1]}]}", "$.pages[0]: found a page that is \"new\" and in use, expected another \"list\"")]
    [TestCase("{'to':[0],'pages':[{'list':'new','flags':['uptodate']}]}", "$.pages[0].flags: found flags of a new page, expected none")]
    [TestCase("{'pages':[{'file':0,'list':'lruAdd','flags':['active']}]}", "$.pages[0].flags: found \"active\" for a page in \"lruAdd\", expected no \"active\", which the drain sets")]
    [TestCase("{'pages':[{'list':'lru'}]}", "$.pages[0]: found a page on the LRU that nobody holds, expected an owner or \"references\"")]
    [TestCase("{'from':[0],'pages':[{'file':0,'list':'none'}]}", "$.from[0]: found page 0, which is \"none\", expected a page whose \"list\" is \"isolated\", or \"before\" with \"isolate\"", false)]
    [TestCase("{'vmas':[{'process':0,'start':0,'pages':2,'file':0},{'process':0,'start':4096,'pages':2,'file':1}]}",
        "$.vmas[1]: found addresses that VMA 0 has too, expected VMAs of one process that do not overlap")]
    [TestCase("{'vmas':[{'process':0,'start':0,'pages':2,'anonVma':0,'flags':['nonlinear']}]}", "$.vmas[0].flags: found \"nonlinear\" for anonymous memory, expected a VMA with \"file\"")]
    [TestCase("{'vmas':[{'process':0,'start':0,'pages':2,'file':0,'cursor':4096}]}", "$.vmas[0].cursor: found 4096 for a linear VMA, expected the flag \"nonlinear\"")]
    [TestCase("{'vmas':[{'process':0,'start':0,'pages':2,'file':0,'entries':[{'address':0,'slot':1}]}]}",
        "$.vmas[0].entries[0].slot: found a swap entry in a VMA without anonymous pages, expected \"anonVma\" for the VMA")]
    [TestCase("{'vmas':[{'process':0,'start':0,'pages':2,'file':0,'entries':[{'address':0,'fileOffset':1}]}]}",
        "$.vmas[0].entries[0].fileOffset: found a file entry in a linear VMA, expected the flag \"nonlinear\" for the VMA")]
    [TestCase("{'vmas':[{'process':0,'start':0,'pages':2,'anonVma':0,'entries':[{'address':0,'slot':1},{'address':0,'slot':2}]}]}",
        "$.vmas[0].entries[1].address: found address 0x0 of process 0, which has an entry already, expected another address")]
    [TestCase("{'pages':[{'anonVma':0,'ptes':[{'vma':0}]},{'anonVma':0,'ptes':[{'vma':0}]}]}",
        "$.pages[1].ptes[0]: found address 0x10000000 of process 0, which has an entry already, expected another address")]
    [TestCase("{'pages':[{'file':0,'ptes':[{'vma':1}]},{'file':1}]}", "$.pages[0].ptes[0].vma: found VMA 1, which maps something else, expected a VMA of the page's file")]
    [TestCase("{'pages':[{'file':0,'index':1,'ptes':[{'address':'0x10000000'}]}]}", "$.pages[0].ptes[0].address: found 0x10000000, where VMA 0 has offset 0, expected the address of offset 1")]
    [TestCase("{'pages':[{'swapCache':1,'swapPtes':[{'vma':0}]},{'file':0}]}",
        "$.pages[0].swapPtes[0].vma: found a swap entry in VMA 0, which has no anonymous pages, expected a VMA with \"anonVma\"")]
    [TestCase("{'processes':[{'onMmlist':false}],'pages':[{'anonVma':0,'swapCache':1,'swapPtes':1}]}", "$.processes[0].onMmlist: found false for a process with swap entries, expected true")]
    [TestCase("{'swap':{'map':[{'slot':1,'bad':true}]},'pages':[{'swapCache':1}]}", "$.swap.map[0].bad: found a bad slot with 1 users, expected a slot that nothing uses")]
    [TestCase("{'files':[{'kind':'tmpfs','swapped':[{'index':5,'slot':2}]}],'pages':[{'file':0,'index':5}]}", "$.files[0].swapped[0].index: found 5, which is in the page cache, expected an index without a page")]
    [TestCase("{'pages':[{'count':3}]}", "$.pages[0].count: found a raw value, expected \"illegal\": true", false)]
    [TestCase("{'pages':[{'file':0,'mapping':null}]}", "$.pages[0].mapping: found a raw value, expected \"illegal\": true", false)]
    [TestCase("{'swap':{'map':[{'slot':1,'count':3}]}}", "$.swap.map[0].count: found a raw value, expected \"illegal\": true", false)]
    public void Is_told_what_contradicts_itself(string text, string sentence, bool offersIllegal = true)
    {
        text = text.Replace('\'', '"');

        Assert.That(Sentence.OfBuilding(text), Is.EqualTo(sentence + (offersIllegal ? ", or \"illegal\": true." : ".")));
        Assert.That(Sentence.OfBuilding("{\"illegal\":true," + text[1..]), Is.EqualTo("it was accepted"), "when illegal");
    }

    [TestCase("{'pages':[{'swapCache':3,'private':4}]}", "$.pages[0].private: found 4, expected a slot, 0 to 3.")]
    [TestCase("{'pages':[{'file':0,'buffers':2,'private':3}]}", "it was accepted")]
    [TestCase("{'pages':[{'swapCache':2,'buffers':1}]}", "it was accepted")]
    [TestCase("{'files':[{}],'pages':[{'mapping':{'file':1}}]}", "$.pages[0].mapping.file: found 1, expected one of the files, 0 to 0.")]
    [TestCase("{'from':[0],'pages':[{'list':'lruAdd'}]}", "$.from[0]: found page 0, which is \"lruAdd\", expected a page whose \"list\" is \"isolated\", or \"before\" with \"isolate\".")]
    public void Is_told_which_raw_values_lead_nowhere(string text, string sentence)
    {
        // One slot for the page and no more.
        text = text.Replace('\'', '"').Replace("{\"pages\":[{\"swapCache\":3", "{\"swap\":{\"slots\":3},\"pages\":[{\"swapCache\":3");

        Assert.That(Sentence.OfBuilding("{\"illegal\":true," + text[1..]), Is.EqualTo(sentence));
    }

    [Test]
    public void Is_told_that_one_page_cannot_be_held_more_often()
    {
        Scenario scenario = Given.FilePage().With(page => page with { References = [.. Enumerable.Repeat(Until.Never, 4097)] });

        Assert.That(() => ScenarioBuilder.Build(scenario), Throws.TypeOf<ScenarioException>()
            .With.Message.EqualTo("$.pages[0]: found 4097 holds of others, expected at most 4096 of one page."));
    }

    [Test]
    public void Is_told_the_place_of_an_until_that_is_none()
    {
        Scenario scenario = Given.FilePage().WithBuffer(new ScenarioBuffer { Users = [1, 12] });

        Assert.That(() => ScenarioBuilder.Build(scenario), Throws.TypeOf<ScenarioException>()
            .With.Message.EqualTo("$.pages[0].buffers[0].users[1]: found 12, expected a pass from 0 to 10, \"waited\" or \"never\"."));
    }
}
