using System.Net;
using System.Text.Json;
using Serve.OpenInference;
using Serve.Testing;

namespace Serve.Protocols.Tests.OpenInference.Rest;

/// <summary>Requests of the corpus, changed at random: each gets an answer that says what is wrong, or a result, and leaves nothing behind.</summary>
[Collection(nameof(RestCollection))]
public sealed class FuzzTests : IAsyncLifetime
{
    private const int Inputs = 3000;
    private const int Seed = 20261122;

    /// <summary>What parsers of numbers, texts and lists stumble over.</summary>
    private static readonly byte[][] Pieces =
    [
        .. new[]
        {
            "[", "]", "{", "}", ",", ":", "\"", "\\", "\\u", "\\ud800", "null", "true", "-1", "0", "1e999", "-0.0", "99999999999999999999", "2147483648", "4294967296", "[[[[[[[[", "\"BYTES\"", "\"FP16\"", "\"NaN\"", "\"data\"",
            "\"shape\"", "\"parameters\":{\"binary_data_size\":3},", "\"name\":\"x\",", "\"classification\":1", " ", "\n", "\0",
        }.Select(System.Text.Encoding.UTF8.GetBytes), [0xFF], [0xC3], [0xED, 0xA0, 0x80],
    ];

    private RestHost _host = null!;

    public async Task InitializeAsync() => _host = await RestHost.StartAsync(new OpenInferenceOptions { MaxRequestBytes = 1 << 20 });

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Infer_MutatedRequests_AreAnsweredOrRefusedByName()
    {
        var random = new Random(Seed);
        var corpus = Directory.GetFiles(Repository.PathOf("tests/Serve.Protocols.Tests/OpenInference/Corpus/rest")).Order(StringComparer.Ordinal).Select(Read).ToArray();
        var inputs = corpus.Concat(Enumerable.Range(0, Inputs).Select(_ => Mutate(random, corpus))).ToArray();
        var good = 0;
        await Parallel.ForEachAsync(inputs, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (input, cancellationToken) =>
        {
            using var content = new ByteArrayContent(input.Body);
            if (input.HeaderLength is { } length)
                content.Headers.Add("Inference-Header-Content-Length", length);
            using var answer = await _host.Http.PostAsync(input.HeaderLength == "0" ? "/v2/models/one/infer" : "/v2/models/echo/infer", content, cancellationToken);
            var body = await answer.Content.ReadAsByteArrayAsync(cancellationToken);
            if (answer.StatusCode == HttpStatusCode.OK)
            {
                Interlocked.Increment(ref good);
                return;
            }

            var told = $"{answer.StatusCode} for {input.HeaderLength} {Convert.ToHexString(input.Body)}: {System.Text.Encoding.UTF8.GetString(body)}";
            ((int)answer.StatusCode).ShouldBeInRange(400, 499, told);
            JsonDocument.Parse(body).RootElement.GetProperty("error").GetString()!.Length.ShouldBeGreaterThan(10, told);
        });
        good.ShouldBeGreaterThan(Inputs / 50);
        good.ShouldBeLessThan(Inputs);
        _host.Log.Errors.ShouldBeEmpty();
    }

    private static Input Read(string path)
    {
        var parts = Path.GetFileName(path).Split('.');
        return new Input(File.ReadAllBytes(path), parts.Length == 3 ? parts[1] : null);
    }

    private static Input Mutate(Random random, Input[] corpus)
    {
        var (body, length) = corpus[random.Next(corpus.Length)];
        var bytes = body.ToList();
        for (var changes = random.Next(1, 4); changes > 0; changes--)
        {
            var place = random.Next(bytes.Count + 1);
            switch (random.Next(6))
            {
                case 0 when place < bytes.Count:
                    bytes[place] = (byte)random.Next(256);
                    break;
                case 1 when place < bytes.Count:
                    bytes.RemoveRange(place, random.Next(1, Math.Min(16, bytes.Count - place) + 1));
                    break;
                case 2:
                    bytes.InsertRange(place, Pieces[random.Next(Pieces.Length)]);
                    break;
                case 3 when place < bytes.Count:
                    bytes.InsertRange(place, bytes.GetRange(place, random.Next(Math.Min(64, bytes.Count - place))));
                    break;
                case 4 when length is not null:
                    length = random.Next(4) == 0 ? random.Next(-5, 5000).ToString(System.Globalization.CultureInfo.InvariantCulture) : length;
                    break;
                default:
                    // A digit in place of another leaves the JSON whole.
                    var digit = bytes.FindIndex(Math.Min(place, bytes.Count), one => one is >= (byte)'0' and <= (byte)'9');
                    if (digit >= 0)
                        bytes[digit] = (byte)random.Next('0', '9' + 1);
                    break;
            }
        }

        return new Input([.. bytes], length);
    }

    /// <param name="Body">The bytes of the request.</param>
    /// <param name="HeaderLength">What its header says, or null for none.</param>
    private sealed record Input(byte[] Body, string? HeaderLength);
}
