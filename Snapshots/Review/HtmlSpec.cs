using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using MigrationConformance.Cli.Review;

namespace MigrationConformance.Snapshots.Review;

/// <summary>The page for a browser: one file with everything in it, in which a scenario's names are text and nothing else.</summary>
[TestFixture]
public sealed class HtmlSpec
{
    private const string Evil = "</code><script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\">";

    [Test]
    public void Markup_in_a_name_is_escaped_and_nothing_is_loaded()
    {
        string page = Page();

        Assert.That(page, Does.Not.Contain("<script").And.Not.Contain("<img src=x"));
        Assert.That(page, Does.Contain("&lt;script&gt;"));
        Assert.That(page, Does.Not.Contain("http:").And.Not.Contain("https:"));
    }

    [Test]
    public void A_browser_shows_groups_differences_and_pictures()
    {
        using ReviewFolder folder = new();
        string page = Path.Combine(folder.Path, "review.html"), picture = Path.Combine(folder.Path, "page.png");
        File.WriteAllText(page, Page());

        string browser = Browser();
        string dom = "";
        Parallel.Invoke(
            () => dom = Chromium(browser, $"{folder.Path}/profile1", "--dump-dom", new Uri(page).AbsoluteUri),
            () => Chromium(browser, $"{folder.Path}/profile2", $"--screenshot={picture}", "--window-size=1400,1600", new Uri(page).AbsoluteUri));

        Assert.That(dom, Does.Contain("<title>Pending snapshots</title>"));
        Assert.That(Count(dom, "<section "), Is.EqualTo(2));
        Assert.That(Count(dom, "<details"), Is.EqualTo(3));
        // One line each in the tree and in the text; in the drawing the flags, and a comment below it.
        Assert.That(Count(dom, "<td class=\"new\">"), Is.EqualTo(4));
        Assert.That(Count(dom, "<script"), Is.Zero);
        // Only a picture that the browser drew has the red outline of what changed.
        Assert.That(Pixels(picture, 0xcf, 0x22, 0x2e), Is.GreaterThan(100));
    }

    private static string Page()
    {
        const string Tree = "tree of file 0 \"NAME\": height 1, fan-out 8, nrpages 1\n  node 0x0: height 1, slots 1\n    [0x7]: newpage 1, index 0x7, count 2, mapcount 0, flags uptodate, tags dirty\n";
        string approved = Tree.Replace("NAME", Evil), received = approved.Replace("flags uptodate", "flags referenced|uptodate");
        PendingSnapshot[] pending =
        [
            new($"a{Evil}.txt", "a.received.txt", "a.verified.txt", Two.Texts("no tree\n", approved), Two.Texts("no tree\n", received)),
            new("b.svg", "b.received.svg", "b.verified.svg", Picture.Draw(("after", approved)), Picture.Draw(("after", received)) + $"<!-- {Evil} -->"),
            new("c.txt", "c.received.txt", "c.verified.txt", "x\n", $"x\n{Evil}\n"),
        ];
        using StringWriter page = new();
        ReviewHtml.Write(page, ReviewGroup.Of(pending));
        return page.ToString();
    }

    private static int Count(string text, string part) => text.Split(part).Length - 1;

    private static string Chromium(string browser, string profile, params string[] arguments)
    {
        ProcessStartInfo start = new(browser) { RedirectStandardOutput = true, RedirectStandardError = true };
        string[] always = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--force-device-scale-factor=1", "--no-first-run", "--disable-extensions", "--disable-background-networking", $"--user-data-dir={profile}"];
        foreach (string argument in (string[])[.. always, .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.Zero, errors.Result);
        return output;
    }

    private static string Browser()
    {
        IEnumerable<string> places =
            from folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            from name in new[] { "chromium", "chromium-browser", "google-chrome" }
            select Path.Combine(folder, name);
        if (places.FirstOrDefault(File.Exists) is { } browser)
        {
            return browser;
        }

        Assert.Ignore("no Chromium is installed, so the page was not shown to a browser: apt-get install chromium");
        return "";
    }

    // Enough of PNG for a screenshot: 8 bits a channel, three or four channels, not interlaced.
    private static int Pixels(string path, byte red, byte green, byte blue)
    {
        byte[] png = File.ReadAllBytes(path);
        using MemoryStream packed = new();
        int width = 0, channels = 0;
        for (int at = 8; at < png.Length;)
        {
            int length = (png[at] << 24) | (png[at + 1] << 16) | (png[at + 2] << 8) | png[at + 3];
            string kind = Encoding.ASCII.GetString(png, at + 4, 4);
            if (kind == "IHDR")
            {
                width = (png[at + 8] << 24) | (png[at + 9] << 16) | (png[at + 10] << 8) | png[at + 11];
                channels = png[at + 17] == 6 ? 4 : 3;
            }
            else if (kind == "IDAT")
            {
                packed.Write(png, at + 8, length);
            }

            at += length + 12;
        }

        packed.Position = 0;
        using ZLibStream rows = new(packed, CompressionMode.Decompress);
        byte[] above = new byte[width * channels], row = new byte[width * channels];
        int found = 0;
        for (int filter = rows.ReadByte(); filter >= 0; filter = rows.ReadByte())
        {
            rows.ReadExactly(row);
            Unfilter(filter, row, above, channels);
            for (int x = 0; x < row.Length; x += channels)
            {
                found += row[x] == red && row[x + 1] == green && row[x + 2] == blue ? 1 : 0;
            }

            (above, row) = (row, above);
        }

        return found;
    }

    private static void Unfilter(int filter, byte[] row, byte[] above, int channels)
    {
        for (int i = 0; i < row.Length; i++)
        {
            int left = i < channels ? 0 : row[i - channels], up = above[i], corner = i < channels ? 0 : above[i - channels];
            int guess = left + up - corner;
            int toLeft = Math.Abs(guess - left), toUp = Math.Abs(guess - up), toCorner = Math.Abs(guess - corner);
            int paeth = toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner;
            row[i] = unchecked((byte)(row[i] + filter switch { 1 => left, 2 => up, 3 => (left + up) / 2, 4 => paeth, _ => 0 }));
        }
    }
}
