using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Serve.ClusterTests.Behaviour;
using Serve.Testing;

namespace Serve.ClusterTests;

/// <summary>The samples, each started as its users start it: from the document in <c>deployments</c>.</summary>
public sealed class SampleTests
{
    [Fact]
    public async Task Hello_GreetsByName()
    {
        await using var sample = await RunningSample.StartAsync("hello");
        (await sample.Http.GetStringAsync("/hello?name=Ada")).ShouldBe("Hello, Ada!");
    }

    [Fact]
    public async Task Digits_HeldOutImages_AreRecognised()
    {
        await using var sample = await RunningSample.StartAsync("digits");
        var rows = (await File.ReadAllLinesAsync(Repository.PathOf("samples/digits/held-out.csv"))).Skip(1)
            .Select(line => line.Split(',').Select(cell => int.Parse(cell, CultureInfo.InvariantCulture)).ToArray()).ToList();
        var right = 0;
        await Parallel.ForEachAsync(rows, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (row, cancellationToken) =>
        {
            using var response = await sample.Http.PostAsJsonAsync("/digits", new { pixels = row[1..] }, cancellationToken);
            var guess = await response.Content.ReadFromJsonAsync<JsonObject>(cancellationToken);
            guess!["probabilities"]!.AsArray().Count.ShouldBe(10);
            if (guess["digit"]!.GetValue<int>() == row[0])
                Interlocked.Increment(ref right);
        });
        ((double)right / rows.Count).ShouldBeGreaterThanOrEqualTo(0.97);
    }

    [Fact]
    public async Task Digits_WrongInput_Is400WithAReason()
    {
        await using var sample = await RunningSample.StartAsync("digits");
        await IsRefusedAsync("""{"pixels":[1,2,3]}""", "has 3 numbers; it must have 64");
        await IsRefusedAsync($$"""{"pixels":[17{{string.Concat(Enumerable.Repeat(",0", 63))}}]}""", "'pixels[0]' is 17");
        await IsRefusedAsync("{}", "has 0 numbers");
        await IsRefusedAsync("no JSON", "");

        async Task IsRefusedAsync(string body, string reason)
        {
            using var response = await sample.Http.PostAsync("/digits", new StringContent(body, new MediaTypeHeaderValue("application/json")));
            response.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
            (await response.Content.ReadAsStringAsync()).ShouldContain(reason);
        }
    }

    [Fact]
    public async Task Ocr_Images_AreReadLineByLineWithBoxes()
    {
        await using var sample = await RunningSample.StartAsync("ocr");
        var expected = JsonNode.Parse(await File.ReadAllTextAsync(Repository.PathOf("samples/ocr/images/expected.json")))!;
        foreach (var name in new[] { "paragraph.png", "paragraph-upside-down.png", "letter.jpg", "line-serif.png" })
        {
            using var response = await sample.PostImageAsync(name);
            response.StatusCode.ShouldBe(HttpStatusCode.OK);
            var lines = (await response.Content.ReadFromJsonAsync<JsonObject>())!["lines"]!.AsArray();
            TextAccuracy.Of(expected[name]!.GetValue<string>(), string.Join(' ', lines.Select(line => line!["text"]!.GetValue<string>()))).ShouldBeGreaterThanOrEqualTo(0.95, name);
            lines.ShouldAllBe(line => line!["box"]!.AsArray().Count == 4 && line["confidence"]!.GetValue<double>() > 0.5);
        }

        (await (await sample.PostImageAsync("blank.png")).Content.ReadAsStringAsync()).ShouldBe("""{"lines":[]}""");
        foreach (var broken in new[] { "broken.png", "broken.jpg" })
        {
            using var response = await sample.PostImageAsync(broken);
            response.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
            (await response.Content.ReadAsStringAsync()).ShouldContain("cut off");
        }
    }

    [Fact]
    public async Task Grpc_Reviews_AreRated()
    {
        await using var sample = await RunningSample.StartAsync("grpc");
        using var client = new GrpcClient(sample.Grpc, application: null);
        // A Review has its text in field 2; a Rating its mood, a double, in field 3: here 0.6 for "good".
        var reply = await client.CallAsync("reviews.v1.ReviewReader/Rate", "\u0012\u0004good");
        (reply.Status, reply.Detail).ShouldBe((0, ""));
        reply.Messages.ShouldHaveSingleItem().ShouldStartWith("\u0012\u0004good\u0019333333");
        (await client.CallAsync("reviews.v1.ReviewReader/Rate", "")).Detail.ShouldContain("it must have 1 to 10000");
    }

    /// <summary><c>serve run deployments/name.yaml</c>.</summary>
    private sealed class RunningSample(CommandProcess process, Uri address, Uri grpc) : IAsyncDisposable
    {
        private static readonly TimeSpan BuildPatience = TimeSpan.FromMinutes(5);

        public Uri Grpc => grpc;

        public HttpClient Http { get; } = new() { BaseAddress = address, Timeout = Eventually.Patience };

        public static async Task<RunningSample> StartAsync(string name)
        {
            var process = CommandProcess.Start("run", $"deployments/{name}.yaml", "--json", "--http-port", "0", "--grpc-port", "0", "--admin-port", "0");
            await Eventually.TrueAsync(() => process.HasExited || process.Output.Contains('{'), BuildPatience);
            if (process.HasExited)
                throw new InvalidOperationException($"serve run ended:\n{process.Output}");
            var addresses = JsonNode.Parse(process.Output)!;
            return new RunningSample(process, new Uri(addresses["http"]!.GetValue<string>()), new Uri(addresses["grpc"]!.GetValue<string>()));
        }

        public async Task<HttpResponseMessage> PostImageAsync(string name)
        {
            var content = new ByteArrayContent(await File.ReadAllBytesAsync(Repository.PathOf("samples/ocr/images", name)));
            content.Headers.ContentType = new MediaTypeHeaderValue(name.EndsWith(".png", StringComparison.Ordinal) ? "image/png" : "image/jpeg");
            return await Http.PostAsync("/ocr", content);
        }

        public ValueTask DisposeAsync()
        {
            Http.Dispose();
            return process.DisposeAsync();
        }
    }
}
