using Google.Protobuf;
using Grpc.Core;
using Serve.OpenInference.Grpc.Messages;
using Serve.Protocols.Tests.Grpc;
using Serve.Testing;

namespace Serve.Protocols.Tests.OpenInference.Grpc;

/// <summary>
/// Messages that are nearly right: those of the corpus, spoiled in many ways, the same ones each time. None brings the reader to anything but a refusal that says what is wrong, none leaves memory behind,
/// and what Google.Protobuf can't parse we refuse as well.
/// </summary>
[Collection(RentedMemory.Alone)]
public sealed class FuzzTests
{
    private const int RoundsPerSeed = 400;
    private const string Folder = "tests/Serve.Protocols.Tests/OpenInference/Corpus/grpc";

    public static TheoryData<string> Corpus => [.. Directory.EnumerateFiles(Repository.PathOf(Folder)).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Corpus))]
    public async Task Read_AMessageOfTheCorpus_AsGoogleDoesOrRefused(string file)
    {
        var message = await File.ReadAllBytesAsync(Repository.PathOf(Path.Combine(Folder, file)));
        await CheckAsync(message, new Random(1), file);
    }

    [Theory]
    [MemberData(nameof(Corpus))]
    public async Task Read_ASpoiledMessage_AsGoogleDoesOrRefused(string file)
    {
        var memory = new RentedMemory();
        var corpus = Directory.EnumerateFiles(Repository.PathOf(Folder)).Order(StringComparer.Ordinal).Select(File.ReadAllBytes).ToArray();
        var message = await File.ReadAllBytesAsync(Repository.PathOf(Path.Combine(Folder, file)));
        for (var round = 0; round < RoundsPerSeed; round++)
        {
            var random = new Random(round);
            var spoiled = message;
            for (var times = random.Next(1, 4); times > 0; times--)
                spoiled = Spoiler.Spoil(spoiled, corpus, random);
            await CheckAsync(spoiled, random, $"{file}, round {round}: {Convert.ToHexString(spoiled.AsSpan(0, Math.Min(spoiled.Length, 200)))}");
        }

        memory.ShouldBeBack();
    }

    [Fact]
    public async Task Call_WithASpoiledMessage_AnswersWithoutAFault()
    {
        var memory = new RentedMemory();
        await using var host = await ModelHost.StartAsync();
        var corpus = Directory.EnumerateFiles(Repository.PathOf(Folder)).Order(StringComparer.Ordinal).Select(File.ReadAllBytes).ToArray();
        for (var round = 0; round < 300; round++)
        {
            var random = new Random(round);
            var spoiled = Spoiler.Spoil(corpus[random.Next(corpus.Length)], corpus, random);
            var reply = await host.InferRawAsync(spoiled);
            reply.Status.ShouldBeOneOf(StatusCode.OK, StatusCode.InvalidArgument);
            if (reply.Status != StatusCode.OK)
                reply.Detail.ShouldNotBeEmpty();
        }

        await memory.ComesBackAsync();
    }

    [Fact]
    public async Task Call_WithAFrameThatIsCutOff_EndsWithAStatus()
    {
        var memory = new RentedMemory();
        await using var host = await ModelHost.StartAsync();
        var frame = RawFrames.Frame(RandomRequests.Make(new Random(7)).ToByteArray());
        for (var length = 0; length < frame.Length; length += Math.Max(1, frame.Length / 50))
        {
            var reply = await host.Host.CallRawAsync(ModelHost.Path("ModelInfer"), frame[..length]);
            reply.Status.ShouldNotBeNull();
            reply.Status.ShouldNotBe(StatusCode.OK);
            reply.Detail.ShouldNotBeEmpty();
        }

        await memory.ComesBackAsync();
    }

    private static async Task CheckAsync(byte[] message, Random random, string what)
    {
        var (whole, refusal) = await TryAsync(() => Wires.ReadAsync(message), what);
        var (pieces, again) = await TryAsync(() => Wires.ReadInPiecesAsync(message, random), what);
        (pieces, again).ShouldBe((whole, refusal), what);
        if (refusal is not null)
        {
            refusal.Length.ShouldBeInRange(10, 2000, what);
            return;
        }

        // Where Google fails this throws.
        whole.ShouldBe(RequestText.Of(ModelInferRequest.Parser.ParseFrom(message)), what);
    }

    private static async Task<(string? Read, string? Refusal)> TryAsync(Func<Task<Serve.OpenInference.Grpc.InferCall>> read, string what)
    {
        try
        {
            using var call = await read().WaitAsync(Eventually.Patience);
            return (RequestText.Of(call), null);
        }
        catch (ServeException e)
        {
            e.Error.ShouldBe(ServeError.BadRequest, what);
            return (null, e.Message);
        }
    }
}
