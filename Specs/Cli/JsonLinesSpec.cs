using System.Text;

namespace MigrationConformance.Cli;

/// <summary>Scenarios as lines: what comes out, and when.</summary>
[TestFixture]
public sealed class JsonLinesSpec
{
    private const string Scenario = """{"pages":[{"file":0}]}""";

    [Test]
    public void A_program_that_talks_line_by_line_gets_each_answer_before_it_is_asked_for_more()
    {
        MemoryStream output = new();
        List<long> answersWhenRead = [];
        // The second line arrives in two parts.
        Pieces input = new([$"{Scenario}\n", "{\"pages\"", ":[]}\n", $"{Scenario}\n{Scenario}\n"], () => answersWhenRead.Add(Lines(output)));

        int code = new JsonLines(input, output, null).Run();

        Assert.That(code, Is.Zero);
        Assert.That(answersWhenRead, Is.EqualTo(new long[] { 0, 1, 1, 2, 4 }));
    }

    [Test]
    public void A_last_line_without_a_line_feed_is_run()
    {
        MemoryStream output = new();

        new JsonLines(new Pieces([$"{Scenario}\n{Scenario}"], () => { }), output, null).Run();

        Assert.That(Lines(output), Is.EqualTo(2));
    }

    [Test]
    public void Many_lines_at_once_are_answered_in_order()
    {
        MemoryStream output = new();
        string all = string.Concat(Enumerable.Range(0, 3000).Select(i => $"{{\"title\":\"{i}\"}}\n"));

        new JsonLines(new Pieces([all], () => { }), output, null).Run();

        string[] titles = [.. Encoding.UTF8.GetString(output.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line[..line.IndexOf(',')])];
        Assert.That(titles, Is.EqualTo(Enumerable.Range(0, 3000).Select(i => $"{{\"title\":\"{i}\"")));
    }

    [TestCase("""{"pages":[{"file":0,"repeat":524289},{"repeat":524288}]}""", "$.pages: found 1048577 page frames, expected at most 1048576 in a line; run it from a file.")]
    [TestCase("""{"pages":[{"file":0}],"to":1048576}""", "$.pages: found 1048577 page frames, expected at most 1048576 in a line; run it from a file.")]
    [TestCase("""{"swap":{"slots":1048577}}""", "$.swap.slots: found 1048577, expected at most 1048576 in a line; run it from a file.")]
    public void Refuses_a_line_that_asks_for_a_large_machine(string line, string sentence)
    {
        MemoryStream output = new();

        int code = new JsonLines(new Pieces([$"{line}\n"], () => { }), output, null).Run();

        using var error = System.Text.Json.JsonDocument.Parse(output.ToArray());
        Assert.That(code, Is.EqualTo(2));
        Assert.That(error.RootElement.GetProperty("error").GetString(), Is.EqualTo(sentence));
    }

    [Test]
    public void A_sentence_about_a_line_is_a_JSON_string()
    {
        MemoryStream output = new();

        int code = new JsonLines(new Pieces(["\n{\"title\":\"a\\q\"}\n"], () => { }), output, null).Run();

        using var error = System.Text.Json.JsonDocument.Parse(output.ToArray());
        Assert.That(code, Is.EqualTo(2));
        Assert.That(error.RootElement.GetProperty("line").GetInt32(), Is.EqualTo(2));
        Assert.That(error.RootElement.GetProperty("error").GetString(), Is.Not.Empty);
    }

    [TestCase(7, 3)]
    [TestCase(8, 3)]
    [TestCase(9, 3)]
    [TestCase(1_000_000, 3)]
    public void A_line_that_is_too_long_is_left_out_and_the_rest_goes_on(int length, int lines)
    {
        LineReader reader = new(new Pieces(["first\n", new string('x', length), "\nlast\n"], () => { }), 8);
        List<string> taken = [];

        while (reader.Next(out ReadOnlySpan<byte> line))
            taken.Add(reader.TooLong ? "too long" : Encoding.UTF8.GetString(line));

        // A buffer that holds the whole line anyway lets a line that is a little too long pass.
        string middle = taken[1] == "too long" ? "too long" : new string('x', length);
        Assert.That(taken, Is.EqualTo(new[] { "first", middle, "last" }));
        Assert.That(reader.Number, Is.EqualTo(lines));
    }

    [Test]
    public void A_line_longer_than_the_buffer_is_whole()
    {
        string longLine = new('x', 3_000_000);
        LineReader reader = new(new Pieces([longLine[..1_000_000], longLine[1_000_000..], "\ny"], () => { }), 1 << 30);

        bool first = reader.Next(out ReadOnlySpan<byte> line);
        int length = line.Length;
        bool second = reader.Next(out line);
        string last = Encoding.UTF8.GetString(line);

        Assert.That((first, length, second, last), Is.EqualTo((true, 3_000_000, true, "y")));
        Assert.That(reader.Next(out _), Is.False);
    }

    private static long Lines(MemoryStream output) => output.ToArray().Count(b => b == '\n');

    /// <summary>A stream that hands out its pieces one a read, and tells before each read.</summary>
    private sealed class Pieces(string[] pieces, Action beforeRead) : MemoryStream
    {
        private readonly Queue<byte[]> left = new(pieces.Select(Encoding.UTF8.GetBytes));

        public override int Read(byte[] buffer, int offset, int count)
        {
            beforeRead();
            if (left.Count == 0)
                return 0;
            byte[] piece = left.Peek();
            int read = Math.Min(count, piece.Length);
            piece.AsSpan(0, read).CopyTo(buffer.AsSpan(offset));
            left.Dequeue();
            if (read < piece.Length)
            {
                // The rest of the piece comes next.
                byte[][] rest = [piece[read..], .. left];
                left.Clear();
                foreach (byte[] each in rest)
                    left.Enqueue(each);
            }
            return read;
        }
    }
}
