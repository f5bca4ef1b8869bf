using System.Runtime.CompilerServices;
using Serve.Testing;

namespace Serve.Tests.Sdk.Handles;

public sealed class StreamTests : HandleSuite
{
    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task Stream_NobodyReadsYet_HasStarted(bool isRemote)
    {
        await StartAsync(isRemote);
        var items = Remote.CountAsync(3, failAt: -1, CancellationToken.None);
        await Eventually.TrueAsync(() => Subject.Calls == 1);
        (await items.ToListAsync()).ShouldBe([0, 1, 2]);
        Subject.Calls.ShouldBe(1);
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task Stream_OfManyItems_ComesInOrder(bool isRemote)
    {
        await StartAsync(isRemote);
        (await Remote.CountAsync(20_000, failAt: -1, CancellationToken.None).ToListAsync()).ShouldBe(Enumerable.Range(0, 20_000));
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task Stream_UserCodeThrowsMidway_ItemsBeforeItArrive(bool isRemote)
    {
        await StartAsync(isRemote);
        foreach (var failAt in new[] { 0, 1, 5 })
        {
            var items = new List<int>();
            var exception = await Should.ThrowAsync<RemoteException>(async () =>
            {
                await foreach (var item in Remote.CountAsync(10, failAt, CancellationToken.None))
                    items.Add(item);
            });
            items.ShouldBe(Enumerable.Range(0, failAt));
            (exception.ExceptionType, exception.RemoteMessage).ShouldBe((typeof(FormatException).FullName, $"failed at {failAt}"));
        }
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task Stream_ReadTwice_IsRefused(bool isRemote)
    {
        await StartAsync(isRemote);
        var items = Remote.CountAsync(3, failAt: -1, CancellationToken.None);
        await items.ToListAsync();
        (await Should.ThrowAsync<InvalidOperationException>(async () => await items.ToListAsync())).Message.ShouldContain("they come once");
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task Stream_ReaderIsSlow_ProducerStaysAWindowAhead(bool isRemote)
    {
        await StartAsync(isRemote);
        var read = 0;
        await foreach (var block in Remote.BlocksAsync(64 * 1024, CancellationToken.None))
        {
            block.Length.ShouldBe(64 * 1024);
            (Subject.Produced - read).ShouldBeLessThan(100);
            if (++read == 300)
                break;
        }
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task Stream_LeftEarly_EndsTheMethodAndFreesItsSlot(bool isRemote)
    {
        await StartAsync(isRemote, maxOngoing: 2);
        for (var i = 0; i < 6; i++)
        {
            await foreach (var item in Remote.CountAsync(int.MaxValue, failAt: -1, CancellationToken.None))
            {
                item.ShouldBe(0);
                break;
            }
        }

        (await Remote.EchoAsync("free")).ShouldBe("free!");
        await Eventually.TrueAsync(() => Subject.Streaming == 0 && Host.Replica<Subject>().Gate.Ongoing == 0);
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task Stream_NobodyEverReads_EndsWhenItIsCollected(bool isRemote)
    {
        await StartAsync(isRemote);
        await StartAndForgetAsync();
        await Eventually.TrueAsync(() =>
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            return Subject.Streaming == 0 && Host.Replica<Subject>().Gate.Ongoing == 0;
        });
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task Stream_EitherTokenCancelled_EndsTheMethod(bool isRemote)
    {
        await StartAsync(isRemote);
        foreach (var ofTheCall in new[] { true, false })
        {
            using var source = new CancellationTokenSource();
            var items = Remote.CountAsync(int.MaxValue, failAt: -1, ofTheCall ? source.Token : CancellationToken.None);
            await Should.ThrowAsync<OperationCanceledException>(async () =>
            {
                await foreach (var item in items.WithCancellation(ofTheCall ? CancellationToken.None : source.Token))
                {
                    if (item == 100)
                        await source.CancelAsync();
                }
            });
            await Eventually.TrueAsync(() => Subject.Streaming == 0);
        }
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task Argument_ThatIsAStream_ArrivesItemByItem(bool isRemote)
    {
        await StartAsync(isRemote);
        (await Remote.SumAsync(Numbers(10_000), CancellationToken.None)).ShouldBe(10_000L * 9_999 / 2);
        (await Remote.SumAsync(Numbers(0), CancellationToken.None)).ShouldBe(0);
        await Should.ThrowAsync<ArgumentNullException>(() => Remote.SumAsync(null!, CancellationToken.None));
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task Streams_InBothDirections_TakeTurns(bool isRemote)
    {
        await StartAsync(isRemote);
        var sent = System.Threading.Channels.Channel.CreateUnbounded<int>();
        await using var answers = Remote.NegateAsync(sent.Reader.ReadAllAsync(), 1000, CancellationToken.None).GetAsyncEnumerator();
        for (var i = 0; i < 50; i++)
        {
            sent.Writer.TryWrite(i).ShouldBeTrue();
            (await answers.MoveNextAsync()).ShouldBeTrue();
            answers.Current.ShouldBe(1000 - i);
        }

        sent.Writer.Complete();
        (await answers.MoveNextAsync()).ShouldBeFalse();
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task Argument_MethodReadsSlowly_ProducerStaysAWindowAhead(bool isRemote)
    {
        await StartAsync(isRemote);
        var produced = 0;
        await foreach (var _ in Remote.NegateAsync(Endless(() => produced++), 0, CancellationToken.None))
            break;
        var most = produced;
        // The items that fit in the windows of both directions, and what is gathered on the way.
        most.ShouldBeLessThan(300_000);
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task Argument_MethodWantsNoMore_ItsSourceEnds(bool isRemote)
    {
        await StartAsync(isRemote);
        var isEnded = false;
        (await Remote.FirstAsync(Endless(() => { }, () => isEnded = true))).ShouldBe(0);
        await Eventually.TrueAsync(() => isEnded);
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task Argument_ItsSourceFails_CallerGetsItsOwnExceptionAndTheMethodIsCancelled(bool isRemote)
    {
        await StartAsync(isRemote);
        var exception = await Should.ThrowAsync<InvalidCastException>(() => Remote.SumAsync(Failing(), CancellationToken.None));
        exception.Message.ShouldBe("the caller's own");
        await Eventually.TrueAsync(() => Subject is { Waiting: 0, Cancelled: 1 });
        Subject.Received.ShouldBe([0, 1]);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private async Task StartAndForgetAsync()
    {
        var items = Remote.CountAsync(int.MaxValue, failAt: -1, CancellationToken.None);
        await Eventually.TrueAsync(() => Subject.Streaming == 1);
        GC.KeepAlive(items);
    }

    private static async IAsyncEnumerable<int> Endless(Action onItem, Action? onEnd = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        try
        {
            for (var i = 0; ; i++)
            {
                await Task.Yield();
                cancellationToken.ThrowIfCancellationRequested();
                onItem();
                yield return i;
            }
        }
        finally
        {
            onEnd?.Invoke();
        }
    }

    private async IAsyncEnumerable<int> Failing()
    {
        yield return 0;
        yield return 1;
        await Eventually.TrueAsync(() => Subject.Received.Count == 2);
        throw new InvalidCastException("the caller's own");
    }
}
