using System.Buffers;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Serve.OpenInference;
using Serve.Replica.Server;
using Serve.Routing;
using Serve.Tensors;
using Serve.Testing;
using Serve.Wire.Hop;
using Serve.Wire.Hop.Heads;

namespace Serve.Protocols.Tests.OpenInference.Rest;

/// <summary>The protocol in a replica, where the hop takes the place of Kestrel.</summary>
[Collection(nameof(RestCollection))]
public sealed class ReplicaTests : IHopClientEvents, IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private readonly long _rentedBefore = NativeMemoryPool.Shared.RentedBytes;
    private WebApplication _app = null!;
    private HopClient _client = null!;

    public async Task InitializeAsync()
    {
        var socket = _folder.File("worker.sock");
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRouting();
        builder.Services.AddLogging();
        builder.Services.AddSingleton(new EchoServer());
        builder.Services.AddSingleton<IServer>(new HopServer(new HopServerSettings
        {
            SocketPath = socket,
            Gate = new AdmissionGate(100),
            Calls = static _ => Task.CompletedTask,
            TimeProvider = TimeProvider.System,
            Log = new HopServerLog(NullLogger<HopServer>.Instance),
        }));
        _app = builder.Build();
        _app.MapOpenInferenceRest<EchoServer>();
        await _app.StartAsync();
        _client = new HopClient(socket, this);
    }

    [Theory]
    [InlineData(16)]
    [InlineData(70_000)]
    [InlineData(8 << 20)]
    public async Task Infer_OverTheHop_TakesAndGivesTensorsOfAllSizes(int length)
    {
        var tensor = new byte[length];
        new Random(length).NextBytes(tensor);
        var json = $$$"""{"inputs":[{"name":"x","shape":[{{{length}}}],"datatype":"UINT8","parameters":{"binary_data_size":{{{length}}}}}],"parameters":{"binary_data_output":true}}""";
        var answer = await PostAsync([.. Encoding.UTF8.GetBytes(json), .. tensor], json.Length);
        answer.AsSpan(answer.Length - length).SequenceEqual(tensor).ShouldBeTrue();

        json = $$"""{"inputs":[{"name":"x","shape":[{{length / 8}}],"datatype":"UINT8","data":[{{string.Join(",", tensor.Take(length / 8))}}]}]}""";
        Encoding.UTF8.GetString(await PostAsync(Encoding.UTF8.GetBytes(json), headerLength: null)).ShouldEndWith(json[json.IndexOf(",\"data\"", StringComparison.Ordinal)..]);
    }

    public async Task DisposeAsync()
    {
        await _client.DisposeAsync();
        await _app.StopAsync();
        await _app.DisposeAsync();
        _folder.Dispose();
        await Eventually.TrueAsync(() => NativeMemoryPool.Shared.RentedBytes <= _rentedBefore);
    }

    void IHopClientEvents.OnLoad(int ongoing)
    {
    }

    void IHopClientEvents.OnFree()
    {
    }

    void IHopClientEvents.OnNotice(byte kind, ReadOnlySpan<byte> blob)
    {
    }

    void IHopClientEvents.OnDraining()
    {
    }

    void IHopClientEvents.OnLost()
    {
    }

    private async Task<byte[]> PostAsync(byte[] body, int? headerLength)
    {
        byte[] head;
        using (var writer = HeadWriter.Rent())
        {
            new HttpRequestHead { Method = "POST", Scheme = "http", Protocol = "HTTP/1.1", Authority = "localhost", Target = "/v2/models/echo/infer", RequestId = "1" }.Write(writer);
            writer.WriteHeader("Content-Length", body.Length.ToString(CultureInfo.InvariantCulture));
            if (headerLength is { } length)
                writer.WriteHeader("Inference-Header-Content-Length", length.ToString(CultureInfo.InvariantCulture));
            head = writer.WrittenMemory.ToArray();
        }

        using var patience = new CancellationTokenSource(Eventually.Patience / 4);
        var inline = Math.Min(body.Length, 1000);
        await using var stream = await _client.OpenAsync(HopKind.Http, head, body.AsMemory(0, inline), inline == body.Length, patience.Token);
        var sending = inline == body.Length ? Task.CompletedTask : stream.WriteAsync(body.AsMemory(inline), isComplete: true, patience.Token).AsTask();
        while (await stream.WaitAnswerAsync(patience.Token) != HopAnswer.Answered)
        {
            // Taken, and not answered yet.
        }

        var answer = new ArrayBufferWriter<byte>();
        while (true)
        {
            var read = await stream.Input.ReadAsync(patience.Token);
            foreach (var part in read.Buffer)
                answer.Write(part.Span);
            stream.Input.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
                break;
        }

        await sending;
        return answer.WrittenSpan.ToArray();
    }
}
