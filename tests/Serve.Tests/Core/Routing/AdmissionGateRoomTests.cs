using Serve.Routing;
using Serve.Testing;

namespace Serve.Tests.Core.Routing;

/// <summary>Word of room to those whom a full gate refused.</summary>
public sealed class AdmissionGateRoomTests
{
    private readonly AdmissionGate _gate = new(limit: 1);
    private readonly Listener _listener = new();

    [Fact]
    public void Exit_SomeoneWasRefused_IsToldOnce()
    {
        _gate.TryEnter(_listener).ShouldBe(Admission.Entered);
        _gate.TryEnter(_listener).ShouldBe(Admission.Full);
        _gate.TryEnter(_listener).ShouldBe(Admission.Full);
        _gate.Exit();
        _listener.Times.ShouldBe(1);
        _gate.TryEnter(_listener).ShouldBe(Admission.Entered);
        _gate.Exit();
        _listener.Times.ShouldBe(1);
    }

    [Fact]
    public void Exit_NobodyWasRefused_NobodyIsTold()
    {
        _gate.TryEnter(_listener);
        _gate.Exit();
        _listener.Times.ShouldBe(0);
    }

    [Fact]
    public void Exit_SeveralWereRefused_AllAreTold()
    {
        var other = new Listener();
        _gate.TryEnter(_listener);
        _gate.TryEnter(_listener);
        _gate.TryEnter(other);
        _gate.Exit();
        (_listener.Times, other.Times).ShouldBe((1, 1));
    }

    [Fact]
    public void Exit_StillFullAfterALowerLimit_TellsWhenThereIsRoom()
    {
        _gate.Limit = 2;
        _gate.TryEnter(_listener);
        _gate.TryEnter(_listener);
        _gate.Limit = 1;
        _gate.TryEnter(_listener);
        _gate.Exit();
        _listener.Times.ShouldBe(0);
        _gate.Exit();
        _listener.Times.ShouldBe(1);
    }

    [Fact]
    public void Limit_Raised_TellsWhoWasRefused()
    {
        _gate.TryEnter(_listener);
        _gate.TryEnter(_listener);
        _gate.Limit = 2;
        _listener.Times.ShouldBe(1);
    }

    [Fact]
    public async Task RunQuiesced_RefusedMeanwhile_IsToldAfterwards()
    {
        await _gate.RunQuiescedAsync(
            () =>
            {
                _gate.TryEnter(_listener).ShouldBe(Admission.Full);
                return Task.FromResult(true);
            },
            CancellationToken.None);
        _listener.Times.ShouldBe(1);
    }

    [Fact]
    public async Task TryEnter_ClosedGate_SaysSoAndTellsNobody()
    {
        _gate.TryEnter(_listener);
        _gate.TryEnter(_listener);
        var closed = _gate.CloseAsync();
        _gate.TryEnter(_listener).ShouldBe(Admission.Closed);
        _gate.Exit();
        await closed;
        _listener.Times.ShouldBe(0);
    }

    /// <summary>Each router sends only when told, as over the hop: if one word were lost, it would wait forever.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task TryEnter_ManyRoutersThatWaitForWord_NoWordIsLost(int limit)
    {
        _gate.Limit = limit;
        var (inside, most) = (0, 0);
        var routers = Enumerable.Range(0, 12).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < 500; i++)
            {
                while (true)
                {
                    var room = new Signal();
                    if (_gate.TryEnter(room) == Admission.Entered)
                        break;
                    await room.Task;
                }

                var now = Interlocked.Increment(ref inside);
                InterlockedMax(ref most, now);
                if (i % 7 == 0)
                    await Task.Yield();
                Interlocked.Decrement(ref inside);
                _gate.Exit();
            }
        }));
        await Task.WhenAll(routers).WaitAsync(Eventually.Patience);
        most.ShouldBeLessThanOrEqualTo(limit);
        _gate.Ongoing.ShouldBe(0);
    }

    private static void InterlockedMax(ref int most, int value)
    {
        for (var seen = Volatile.Read(ref most); value > seen;)
        {
            var before = Interlocked.CompareExchange(ref most, value, seen);
            if (before == seen)
                return;
            seen = before;
        }
    }

    private sealed class Listener : IRoomListener
    {
        public int Times { get; private set; }

        public void OnRoom() => Times++;
    }

    private sealed class Signal() : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), IRoomListener
    {
        public void OnRoom() => TrySetResult();
    }
}
