using System.Numerics;
using Ocr.Detection;
using Ocr.Imaging;

namespace Serve.Onnx.Tests.Samples;

public sealed class GeometryTests
{
    private const int Rounds = 200;

    [Fact]
    public void ConvexHull_RandomPoints_IsConvexAndHoldsThemAll()
    {
        var random = new Random(1);
        for (var round = 0; round < Rounds; round++)
        {
            var points = RandomPoints(random, random.Next(3, 60));
            var hull = HullOf(points);

            for (var i = 0; i < hull.Length; i++)
            {
                var (from, to) = (hull[i], hull[(i + 1) % hull.Length]);
                foreach (var point in points)
                    Cross(from, to, point).ShouldBeGreaterThanOrEqualTo(0);
            }
        }
    }

    [Fact]
    public void ConvexHull_PointsInALine_HasTheirEnds() => HullOf([new(1, 1), new(3, 3), new(2, 2)]).ShouldBe([new(1, 1), new(3, 3)]);

    [Fact]
    public void ConvexHull_OnePoint_IsThatPoint() => HullOf([new(4, 5), new(4, 5)]).ShouldBe([new(4, 5)]);

    [Fact]
    public void RotatedRectangle_PointsOfATiltedRectangle_FindsIt()
    {
        var random = new Random(2);
        for (var round = 0; round < Rounds; round++)
        {
            var angle = (float)(random.NextDouble() * 2 * Math.PI);
            var across = new Vector2(MathF.Cos(angle), MathF.Sin(angle));
            var down = new Vector2(-across.Y, across.X);
            var size = new Vector2(random.Next(5, 200), random.Next(5, 200));
            var center = new Vector2(random.Next(500), random.Next(500));
            var points = Enumerable.Range(0, 50).Select(_ => At(random.NextSingle() - 0.5f, random.NextSingle() - 0.5f))
                .Concat([At(-0.5f, -0.5f), At(0.5f, -0.5f), At(0.5f, 0.5f), At(-0.5f, 0.5f)]).ToArray();

            var found = RotatedRectangle.Around(HullOf(points));

            found.Area.ShouldBe(size.X * size.Y, tolerance: size.X * size.Y * 0.01f);
            Vector2.Distance(found.Center, center).ShouldBeLessThan(0.1f);
            points.ShouldAllBe(point => found.Grow(0.1f).Contains(point));
            found.Contains(At(0.52f, 0.4f)).ShouldBeFalse();

            Vector2 At(float x, float y) => center + across * (x * size.X) + down * (y * size.Y);
        }
    }

    [Fact]
    public void RotatedRectangle_Corners_StartTopLeftAndGoClockwise()
    {
        var random = new Random(3);
        for (var round = 0; round < Rounds; round++)
        {
            var rectangle = RotatedRectangle.Around(HullOf(RandomPoints(random, 12)));
            var corners = new Vector2[4];
            rectangle.CopyCornersTo(corners);

            corners[0].X.ShouldBeLessThan(corners[1].X);
            corners[0].Y.ShouldBeLessThan(corners[3].Y);
            corners[2].X.ShouldBeGreaterThan(corners[3].X);
            corners[2].Y.ShouldBeGreaterThan(corners[1].Y);
            for (var i = 0; i < 4; i++)
                Cross(corners[i], corners[(i + 1) % 4], corners[(i + 2) % 4]).ShouldBeGreaterThan(0); // clockwise, as y goes down
        }
    }

    [Fact]
    public void RotatedRectangle_Grown_MovesEachSide()
    {
        var rectangle = RotatedRectangle.Around(HullOf([new(0, 0), new(10, 0), new(10, 4), new(0, 4)])).Grow(2);

        rectangle.Size.ShouldBe(new Vector2(14, 8));
        rectangle.Perimeter.ShouldBe(44);
    }

    [Fact]
    public void MapBlobs_SeparateRectangles_FindsEachOnce()
    {
        const int Width = 40;
        var map = new float[Width * 30];
        Fill(2, 3, 6, 2);
        Fill(20, 3, 5, 20);
        Fill(3, 10, 10, 8);
        Fill(13, 18, 2, 2); // touches the one before at a corner: one blob

        var boxes = new List<(float, float, float, float)>();
        var outline = new List<Vector2>();
        var blobs = new MapBlobs(map, Width, 0.3f);
        while (blobs.MoveNext(outline))
            boxes.Add((outline.Min(p => p.X), outline.Min(p => p.Y), outline.Max(p => p.X), outline.Max(p => p.Y)));

        boxes.ShouldBe([(2, 3, 8, 5), (20, 3, 25, 23), (3, 10, 15, 20)]);

        void Fill(int x, int y, int width, int height)
        {
            for (var row = y; row < y + height; row++)
                map.AsSpan(row * Width + x, width).Fill(0.9f);
        }
    }

    [Fact]
    public void Projection_OfTheUnitSquare_MeetsTheCorners()
    {
        var random = new Random(4);
        for (var round = 0; round < Rounds; round++)
        {
            Vector2[] corners = [Near(0, 0), Near(100, 0), Near(100, 50), Near(0, 50)];
            var projection = Projection.FromUnitSquare(corners);

            Vector2.Distance(projection.At(0, 0), corners[0]).ShouldBeLessThan(0.01f);
            Vector2.Distance(projection.At(1, 0), corners[1]).ShouldBeLessThan(0.01f);
            Vector2.Distance(projection.At(1, 1), corners[2]).ShouldBeLessThan(0.01f);
            Vector2.Distance(projection.At(0, 1), corners[3]).ShouldBeLessThan(0.01f);
        }

        Vector2 Near(int x, int y) => new(x + random.NextSingle() * 15, y + random.NextSingle() * 15);
    }

    [Fact]
    public void Perspective_CutOfTheWholeImage_IsTheImage()
    {
        var image = RandomImage(new Random(5), 9, 7);

        var cut = Perspective.Cut(image, [new(0, 0), new(9, 0), new(9, 7), new(0, 7)], 9, 7);

        cut.Data.ToArray().ShouldBe(image.Pixels.Data.ToArray());
    }

    [Fact]
    public void Perspective_CutStartingAtTheTopRight_TurnsTheImage()
    {
        var image = RandomImage(new Random(6), 4, 3);

        var cut = Perspective.Cut(image, [new(4, 0), new(4, 3), new(0, 3), new(0, 0)], 3, 4);

        for (var y = 0; y < 4; y++)
        {
            for (var x = 0; x < 3; x++)
                cut.Span.Slice((y * 3 + x) * 3, 3).ToArray().ShouldBe(image.Pixels.Span.Slice((x * 4 + 3 - y) * 3, 3).ToArray());
        }
    }

    [Fact]
    public void Resampler_OneColour_KeepsIt()
    {
        var random = new Random(7);
        for (var round = 0; round < 50; round++)
        {
            var image = new Tensor<byte>(random.Next(1, 40), random.Next(1, 40), 3);
            image.Span.Fill(173);

            Resampler.Resize(image, random.Next(1, 60), random.Next(1, 60)).Data.ToArray().ShouldAllBe(value => value == 173);
        }
    }

    [Fact]
    public void Resampler_ShrunkByHalf_AveragesAndKeepsTheBrightness()
    {
        var image = RandomImage(new Random(8), 64, 48).Pixels;

        var small = Resampler.Resize(image, 32, 24);

        small.Data.ToArray().Average(value => (double)value).ShouldBe(image.Data.ToArray().Average(value => (double)value), tolerance: 2);
    }

    private static Vector2[] HullOf(Vector2[] points)
    {
        var hull = new Vector2[points.Length + 1];
        return hull[..ConvexHull.Of([.. points], hull)];
    }

    private static Vector2[] RandomPoints(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => new Vector2(random.Next(100), random.Next(100)))];

    private static Image RandomImage(Random random, int width, int height)
    {
        var pixels = new Tensor<byte>(height, width, 3);
        random.NextBytes(pixels.Span);
        return new Image(pixels);
    }

    private static float Cross(Vector2 origin, Vector2 a, Vector2 b) => (a.X - origin.X) * (b.Y - origin.Y) - (a.Y - origin.Y) * (b.X - origin.X);
}
