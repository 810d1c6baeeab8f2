namespace Shapes;

/// <summary>The classes of the drawn image set.</summary>
public enum Shape
{
    Arrow,
    Circle,
    Crescent,
    Cross,
    Frame,
    Heart,
    Ring,
    Square,
    Star,
    Triangle,
}
