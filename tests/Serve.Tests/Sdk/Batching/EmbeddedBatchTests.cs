using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Serve.Testing;

namespace Serve.Tests.Sdk.Batching;

/// <summary>Batches of requests, in a program that serves by itself.</summary>
public sealed class EmbeddedBatchTests : IDisposable
{
    public EmbeddedBatchTests()
    {
        Reader.Reset();
    }

    public void Dispose() => Reader.Go.TrySetResult();

    [Fact]
    public async Task Request_ClientGoesWhileItWaits_OnlyItsItemLeaves()
    {
        await using var program = await StartAsync();
        using var cancellation = new CancellationTokenSource();
        var first = program.Http.GetStringAsync("/read?line=a");
        await Eventually.TrueAsync(() => Reader.Batches.Count == 1);
        var stays = program.Http.GetStringAsync("/read?line=b");
        await Eventually.TrueAsync(() => Reader.WaitingLines == 1);
        var goes = program.Http.GetStringAsync("/read?line=c", cancellation.Token);
        await Eventually.TrueAsync(() => Reader.WaitingLines == 2);
        await cancellation.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => goes);
        await Eventually.TrueAsync(() => Reader.WaitingLines == 1);
        Reader.Go.SetResult();
        (await first).ShouldBe("A");
        (await stays).ShouldBe("B");
        Reader.Batches.ShouldBe(["a", "b"]);
    }

    [Fact]
    public async Task Request_OneBadItem_FailsAlone()
    {
        await using var program = await StartAsync();
        var first = program.Http.GetStringAsync("/read?line=a");
        await Eventually.TrueAsync(() => Reader.Batches.Count == 1);
        var (bad, good) = (program.Http.GetAsync("/read?line="), program.Http.GetStringAsync("/read?line=b"));
        await Eventually.TrueAsync(() => Reader.WaitingLines == 2);
        Reader.Go.SetResult();
        (await bad).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await good).ShouldBe("B");
        await first;
    }

    [Fact]
    public async Task Start_BatchesThatCannotFill_IsAWarning()
    {
        await using var program = await StartAsync();
        program.Log.Entries.ShouldContain(entry => entry.Level == LogLevel.Warning && entry.Message.Contains("Reader.ReadManyAsync may never be full", StringComparison.Ordinal));
    }

    [Fact]
    public void Start_WrongAttribute_IsRefusedBeforeAnythingRuns() =>
        Should.Throw<InvalidOperationException>(() => new ServeOptions([]).AddDeployment<Wrong>().BuildCatalog()).Message.ShouldBe("[Batch] on Wrong.ReadManyAsync: MaxBatchSize is 0; it must be at least 1.");

    private static Task<EmbeddedProgram> StartAsync() => EmbeddedProgram.StartAsync(options => options.AddDeployment<Reader>());

    [Deployment(MaxOngoingRequests = 10)]
    public sealed class Reader : IIngress
    {
        private static Reader? s_current;

        public Reader()
        {
            s_current = this;
        }

        public static TaskCompletionSource Go { get; private set; } = new();

        public static ConcurrentQueue<string> Batches { get; } = [];

        public static int WaitingLines => Batcher.StatusOf(s_current!.ReadManyAsync).WaitingItems;

        public static void Map(IEndpointRouteBuilder endpoints) =>
            endpoints.MapGet("/read", (Reader reader, string? line, CancellationToken cancellationToken) => Batcher.RunAsync(reader.ReadManyAsync, line ?? "", cancellationToken));

        public static void Reset()
        {
            Go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Batches.Clear();
        }

        [Batch(MaxBatchSize = 11)]
        private async Task<IReadOnlyList<BatchResult<string>>> ReadManyAsync(IReadOnlyList<string> lines, CancellationToken cancellationToken)
        {
            Batches.Enqueue(string.Join(' ', lines));
            await Go.Task;
            return [.. lines.Select(line => line.Length > 0 ? line.ToUpperInvariant() : BatchResult<string>.Failed(new ServeException(ServeError.BadRequest, "the line is empty")))];
        }
    }

    [Deployment]
    public sealed class Wrong
    {
        [Batch(MaxBatchSize = 0)]
        public Task<IReadOnlyList<string>> ReadManyAsync(IReadOnlyList<string> lines, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
