using System.Diagnostics;
using Serve.Multiplexing;
using Serve.Testing;
using Serve.Wire;

namespace Serve.Tests.Sdk.Multiplexing;

/// <summary>How a replica says which models it has.</summary>
public sealed class ModelBoardTests
{
    private readonly ManualTimeProvider _clock = new();
    private readonly List<string> _told = [];
    private readonly ModelBoard _board;

    public ModelBoardTests()
    {
        _board = new ModelBoard(_clock, new TagList());
        _board.Subscribe(ids => _told.Add(string.Join(' ', ids.Order(StringComparer.Ordinal))));
    }

    [Fact]
    public void Changes_OfAMoment_AreToldTogetherWithinAHundredMilliseconds()
    {
        _board.Add("a");
        _board.Add("b");
        _board.Remove("a");
        _told.ShouldBeEmpty();
        _clock.Advance(TimeSpan.FromMilliseconds(100));
        _told.ShouldBe(["b"]);
        _board.Add("c");
        _clock.Advance(TimeSpan.FromMilliseconds(100));
        _told.ShouldBe(["b", "b c"]);
        _clock.PendingTimers.ShouldBe(0);
    }

    [Fact]
    public void Model_OfTwoMethods_IsHeldUntilBothHaveUnloadedIt()
    {
        _board.Add("a");
        _board.Add("a");
        _board.Remove("a");
        _clock.Advance(TimeSpan.FromMilliseconds(100));
        _told.ShouldBe(["a"]);
        _board.Remove("a");
        _clock.Advance(TimeSpan.FromMilliseconds(100));
        _told.ShouldBe(["a", ""]);
    }

    [Fact]
    public void Subscribe_WithModelsThere_IsToldOfThem()
    {
        _board.Add("a");
        _clock.Advance(TimeSpan.FromMilliseconds(100));
        var late = new List<string>();
        _board.Subscribe(late.AddRange);
        _clock.Advance(TimeSpan.FromMilliseconds(100));
        late.ShouldBe(["a"]);
    }

    [Fact]
    public void Tell_MoreThanARouterIsTold_IsCutAtTheBound()
    {
        for (var number = 0; number < 10_000; number++)
            _board.Add($"model-{number:00000}");
        _clock.Advance(TimeSpan.FromMilliseconds(100));
        _told.ShouldHaveSingleItem().Split(' ').Length.ShouldBe(64 * 1024 / 13);
        _board.Held.Count.ShouldBe(10_000);
    }

    [Theory]
    [InlineData("serve_multiplexed_model_id", false, true)]
    [InlineData("Serve-Multiplexed-Model-Id", false, true)]
    [InlineData("SERVE_multiplexed-model_id", false, true)]
    [InlineData("serve_multiplexed_model_ids", false, false)]
    [InlineData("serve multiplexed_model_id", false, false)]
    [InlineData("multiplexed_model_id", false, false)]
    [InlineData("multiplexed-Model-id", true, true)]
    public void ModelIdHeader_Spellings_AreTheSame(string name, bool isGrpc, bool isHeader) => ModelIdHeader.Is(name, isGrpc).ShouldBe(isHeader);
}
