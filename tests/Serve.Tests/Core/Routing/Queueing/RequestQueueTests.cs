using Serve.Routing;
using Serve.Routing.Queueing;

namespace Serve.Tests.Core.Routing.Queueing;

public sealed class RequestQueueTests
{
    private const long RiseTime = 1000;

    private readonly RequestQueue _queue = new(RiseTime);
    private long _now = 1;

    [Fact]
    public void Serve_EqualPriorities_FirstComeFirstServed()
    {
        var requests = Enumerable.Range(0, 10).Select(_ => Add()).ToList();
        Drain().ShouldBe(requests);
    }

    [Fact]
    public void Add_RequestThatCameBack_StandsWhereItStood()
    {
        var first = Add(arrived: 10);
        var second = Add(arrived: 20);
        var third = Add(arrived: 30);
        _queue.Remove(second);
        var again = Add(arrived: 20, cameBack: true);
        var oldest = Add(arrived: 10, cameBack: true);
        Drain().ShouldBe([oldest, first, again, third]);
    }

    [Fact]
    public void Serve_TwoPrioritiesWaiting_EachLevelGetsTwiceTheShareOfTheNext()
    {
        for (var i = 0; i < 400; i++)
        {
            Add(priority: 2);
            Add(priority: 3);
            Add(priority: 4);
        }

        var served = Enumerable.Range(0, 350).Select(_ => Serve().Request.Priority).ToList();
        served.Count(priority => priority == 2).ShouldBeInRange(199, 201);
        served.Count(priority => priority == 3).ShouldBeInRange(99, 101);
        served.Count(priority => priority == 4).ShouldBeInRange(49, 51);
    }

    [Fact]
    public void Serve_MoreUrgentOne_GoesFirstWhereNobodyHadAShareYet()
    {
        var low = Add(priority: 7);
        var standard = Add();
        var high = Add(priority: 0);
        // At equal shares the most urgent is first.
        Drain().ShouldBe([high, standard, low]);
    }

    [Fact]
    public void Serve_LessUrgentOneIsNewcomer_DoesNotGoFirst()
    {
        var alone = Add(priority: 0);
        Serve().ShouldBe(alone);
        var low = Add(priority: 7);
        var high = Add(priority: 0);
        Drain().ShouldBe([high, low]);
    }

    [Fact]
    public void Serve_LevelWasEmpty_HasSavedUpNoShare()
    {
        for (var i = 0; i < 100; i++)
            Add(priority: 3);
        for (var i = 0; i < 50; i++)
            Serve();
        for (var i = 0; i < 10; i++)
            Add(priority: 4);
        var served = Enumerable.Range(0, 9).Select(_ => Serve().Request.Priority).ToList();
        served.Count(priority => priority == 4).ShouldBeInRange(2, 4);
    }

    [Fact]
    public void Serve_LongWait_RisesToTheMostUrgentAndIsServedByAge()
    {
        var patient = Add(priority: 7);
        _now += 7 * RiseTime;
        for (var i = 0; i < 1000; i++)
            Add(priority: 0);
        Serve().ShouldBe(patient);
    }

    [Fact]
    public void Serve_UrgentOnesWithoutEnd_TheLeastUrgentWaitsNoLongerThanItRises()
    {
        var patient = Add(priority: 7);
        var begin = _now;
        for (var i = 0; i < 100; i++)
            Add(priority: 0);
        while (Serve() != patient)
        {
            // One comes for each that is served, every fortieth of a rise.
            _now += RiseTime / 40;
            Add(priority: 0);
        }

        // At the most urgent level it is the oldest but for those that were there with it.
        (_now - begin).ShouldBeLessThan(8 * RiseTime);
    }

    [Fact]
    public void LessUrgentThan_FullLine_IsTheYoungestOfTheLeastUrgent()
    {
        Add(priority: 5);
        Add(priority: 6);
        var youngest = Add(priority: 6);
        Add(priority: 1);
        _queue.LessUrgentThan(3, _now).ShouldBe(youngest);
        _queue.LessUrgentThan(6, _now).ShouldBeNull();
        _now += 6 * RiseTime;
        _queue.LessUrgentThan(3, _now).ShouldBeNull();
    }

    [Fact]
    public void Remove_RequestThatWasServed_IsNotThere()
    {
        var request = Add();
        Serve().ShouldBe(request);
        _queue.Remove(request).ShouldBeFalse();
        _queue.Count.ShouldBe(0);
    }

    /// <summary>Against a model that knows only two rules: equals are served by age, and nobody waits longer than it takes to rise and be oldest.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Serve_AnyHistory_KeepsTheOrderOfEqualsAndStarvesNobody(int seed)
    {
        var random = new Random(seed);
        var waiting = new List<WaitingRequest>();
        for (var step = 0; step < 20_000; step++)
        {
            _now += random.Next(100);
            if (waiting.Count < 50 && random.Next(2) == 0)
            {
                waiting.Add(Add(priority: random.Next(4) == 0 ? random.Next(8) : 0));
            }
            else if (waiting.Count > 0 && random.Next(10) == 0)
            {
                var leaving = waiting[random.Next(waiting.Count)];
                _queue.Remove(leaving).ShouldBeTrue();
                waiting.Remove(leaving);
            }
            else if (waiting.Count > 0)
            {
                var served = Serve();
                waiting.Remove(served).ShouldBeTrue();
                waiting.ShouldAllBe(other => other.Request.Priority != served.Request.Priority || other.Arrived >= served.Arrived, $"step {step}");
                // 50 of them at 2 to 4 steps each, after all have risen.
                (_now - served.Arrived).ShouldBeLessThan(7 * RiseTime + 50 * 4 * 100 * 2, $"step {step}");
            }

            _queue.Count.ShouldBe(waiting.Count);
        }
    }

    private WaitingRequest Add(int priority = PickRequest.DefaultPriority, long? arrived = null, bool cameBack = false)
    {
        var at = arrived ?? _now;
        var request = new WaitingRequest(new PickRequest { Priority = priority, Arrived = cameBack ? at : 0 }, at);
        _queue.Add(request);
        return request;
    }

    private WaitingRequest Serve()
    {
        _queue.TryPeek(_now, out var request).ShouldBeTrue();
        _queue.Serve(request!, _now);
        return request!;
    }

    private List<WaitingRequest> Drain()
    {
        var all = new List<WaitingRequest>();
        while (_queue.Count > 0)
            all.Add(Serve());
        return all;
    }
}
