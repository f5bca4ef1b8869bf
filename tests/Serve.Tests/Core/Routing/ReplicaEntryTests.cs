using System.Buffers;
using Serve.Routing;

namespace Serve.Tests.Core.Routing;

public sealed class ReplicaEntryTests
{
    private readonly FakeReplica _replica = new("r");

    [Fact]
    public void TryEnter_UpToTheLimit_TakesSlotsAndExitGivesThemBack()
    {
        _replica.TryEnter(2).ShouldBeTrue();
        _replica.TryEnter(2).ShouldBeTrue();
        _replica.TryEnter(2).ShouldBeFalse();
        _replica.Ongoing.ShouldBe(2);
        _replica.Exit();
        _replica.TryEnter(2).ShouldBeTrue();
    }

    [Fact]
    public void TryEnter_LoweredLimit_CountsWhatRunsAlready()
    {
        _replica.TryEnter(2);
        _replica.TryEnter(2);
        _replica.Exit();
        _replica.TryEnter(1).ShouldBeFalse();
    }

    [Fact]
    public void TryEnter_ReplicaIsDown_Refuses()
    {
        _replica.IsDown = true;
        _replica.TryEnter(1).ShouldBeFalse();
        _replica.IsDown = false;
        _replica.TryEnter(1).ShouldBeTrue();
    }

    [Fact]
    public void MarkFull_Replica_RefusesUntilItSaysThatItHasRoom()
    {
        _replica.MarkFull(_replica.TimesFreed);
        _replica.TryEnter(1).ShouldBeFalse();
        _replica.OnFree();
        _replica.TryEnter(1).ShouldBeTrue();
    }

    [Fact]
    public void MarkFull_WordOfRoomCameBefore_IsTheOlderWord()
    {
        var sent = _replica.TimesFreed;
        _replica.OnFree();
        _replica.MarkFull(sent);
        _replica.IsFull.ShouldBeFalse();
    }

    [Fact]
    public void OnDraining_Replica_TakesNothingNewWhateverItSaysThen()
    {
        _replica.OnDraining();
        _replica.OnFree();
        _replica.TryEnter(1).ShouldBeFalse();
    }

    [Fact]
    public void OnNotice_HeldModels_AreKnown()
    {
        var blob = new ArrayBufferWriter<byte>();
        ReplicaNotice.WriteModels(blob, ["a", "größer", ""]);
        _replica.OnNotice(ReplicaNotice.HeldModels, blob.WrittenSpan);
        _replica.Models.ShouldBe(["a", "größer", ""]);
        _replica.OnNotice(kind: 250, [1, 2, 3]);
        _replica.Models.Count.ShouldBe(3);
        Should.Throw<FormatException>(() => _replica.OnNotice(ReplicaNotice.HeldModels, blob.WrittenSpan[..^3]));
    }

    [Fact]
    public void Retire_Unused_ClosesAtOnceAndOnlyOnce()
    {
        _replica.Retire();
        _replica.Retire();
        _replica.TimesClosed.ShouldBe(1);
    }

    [Fact]
    public void Retire_WithRunningRequests_ClosesAfterTheLast()
    {
        _replica.TryEnter(2);
        _replica.TryEnter(2);
        _replica.Retire();
        _replica.IsClosed.ShouldBeFalse();
        _replica.Exit();
        _replica.IsClosed.ShouldBeFalse();
        _replica.Exit();
        _replica.TimesClosed.ShouldBe(1);
    }

    [Fact]
    public void TryEnter_RetiredReplica_RefusesAndLeavesNoCount()
    {
        _replica.TryEnter(5);
        _replica.Retire();
        _replica.TryEnter(5).ShouldBeFalse();
        _replica.Ongoing.ShouldBe(1);
        _replica.IsClosed.ShouldBeFalse();
    }

    [Fact]
    public async Task Retire_WhileRequestsComeAndGo_ClosesExactlyOnce()
    {
        for (var round = 0; round < 300; round++)
        {
            var replica = new FakeReplica("r");
            var callers = Enumerable.Range(0, 3).Select(_ => Task.Run(() =>
            {
                for (var i = 0; i < 50; i++)
                {
                    if (replica.TryEnter(2))
                        replica.Exit();
                }
            })).ToList();
            await Task.Run(replica.Retire);
            await Task.WhenAll(callers);
            (replica.TimesClosed, replica.Ongoing).ShouldBe((1, 0), $"round {round}");
        }
    }

    [Fact]
    public async Task TryEnter_ManyAtOnce_NeverExceedTheLimit()
    {
        const int Limit = 3;
        var (inside, most) = (0, 0);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 20_000; i++)
            {
                if (!_replica.TryEnter(Limit))
                    continue;
                var now = Interlocked.Increment(ref inside);
                if (now > Volatile.Read(ref most))
                    Volatile.Write(ref most, now);
                Interlocked.Decrement(ref inside);
                _replica.Exit();
            }
        })));
        most.ShouldBeInRange(1, Limit);
        _replica.Ongoing.ShouldBe(0);
    }
}
