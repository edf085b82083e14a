//! A state of more fields than a word has bits, and an update of more setters than anyone writes.

use graph_runtime::__private::Writes;
use graph_runtime::{GraphState, Update};
use graph_tests::new;

#[derive(GraphState, Clone, Copy)]
#[expect(clippy::struct_field_names, reason = "they are numbered")]
struct Large {
    field_0: u32,
    field_1: u32,
    field_2: u32,
    field_3: u32,
    field_4: u32,
    field_5: u32,
    field_6: u32,
    field_7: u32,
    field_8: u32,
    field_9: u32,
    field_10: u32,
    field_11: u32,
    field_12: u32,
    field_13: u32,
    field_14: u32,
    field_15: u32,
    field_16: u32,
    field_17: u32,
    field_18: u32,
    field_19: u32,
    field_20: u32,
    field_21: u32,
    field_22: u32,
    field_23: u32,
    field_24: u32,
    field_25: u32,
    field_26: u32,
    field_27: u32,
    field_28: u32,
    field_29: u32,
    field_30: u32,
    field_31: u32,
    field_32: u32,
    field_33: u32,
    field_34: u32,
    field_35: u32,
    field_36: u32,
    field_37: u32,
    field_38: u32,
    field_39: u32,
    field_40: u32,
    field_41: u32,
    field_42: u32,
    field_43: u32,
    field_44: u32,
    field_45: u32,
    field_46: u32,
    field_47: u32,
    field_48: u32,
    field_49: u32,
    field_50: u32,
    field_51: u32,
    field_52: u32,
    field_53: u32,
    field_54: u32,
    field_55: u32,
    field_56: u32,
    field_57: u32,
    field_58: u32,
    field_59: u32,
    field_60: u32,
    field_61: u32,
    field_62: u32,
    field_63: u32,
    field_64: u32,
    field_65: u32,
    field_66: u32,
    field_67: u32,
    field_68: u32,
    field_69: u32,
    field_70: u32,
    field_71: u32,
    field_72: u32,
    field_73: u32,
    field_74: u32,
    field_75: u32,
    field_76: u32,
    field_77: u32,
    field_78: u32,
    field_79: u32,
    field_80: u32,
    field_81: u32,
    field_82: u32,
    field_83: u32,
    field_84: u32,
    field_85: u32,
    field_86: u32,
    field_87: u32,
    field_88: u32,
    field_89: u32,
    field_90: u32,
    field_91: u32,
    field_92: u32,
    field_93: u32,
    field_94: u32,
    field_95: u32,
    field_96: u32,
    field_97: u32,
    field_98: u32,
    field_99: u32,
}

/// 120 setters in one update.
#[expect(clippy::too_many_lines, reason = "one setter a line")]
fn update() -> impl Update<Large> {
    Large::update()
        .field_0(0)
        .field_1(1)
        .field_2(2)
        .field_3(3)
        .field_4(4)
        .field_5(5)
        .field_6(6)
        .field_7(7)
        .field_8(8)
        .field_9(9)
        .field_10(10)
        .field_11(11)
        .field_12(12)
        .field_13(13)
        .field_14(14)
        .field_15(15)
        .field_16(16)
        .field_17(17)
        .field_18(18)
        .field_19(19)
        .field_20(20)
        .field_21(21)
        .field_22(22)
        .field_23(23)
        .field_24(24)
        .field_25(25)
        .field_26(26)
        .field_27(27)
        .field_28(28)
        .field_29(29)
        .field_30(30)
        .field_31(31)
        .field_32(32)
        .field_33(33)
        .field_34(34)
        .field_35(35)
        .field_36(36)
        .field_37(37)
        .field_38(38)
        .field_39(39)
        .field_40(40)
        .field_41(41)
        .field_42(42)
        .field_43(43)
        .field_44(44)
        .field_45(45)
        .field_46(46)
        .field_47(47)
        .field_48(48)
        .field_49(49)
        .field_50(50)
        .field_51(51)
        .field_52(52)
        .field_53(53)
        .field_54(54)
        .field_55(55)
        .field_56(56)
        .field_57(57)
        .field_58(58)
        .field_59(59)
        .field_60(60)
        .field_61(61)
        .field_62(62)
        .field_63(63)
        .field_64(64)
        .field_65(65)
        .field_66(66)
        .field_67(67)
        .field_68(68)
        .field_69(69)
        .field_70(70)
        .field_71(71)
        .field_72(72)
        .field_73(73)
        .field_74(74)
        .field_75(75)
        .field_76(76)
        .field_77(77)
        .field_78(78)
        .field_79(79)
        .field_80(80)
        .field_81(81)
        .field_82(82)
        .field_83(83)
        .field_84(84)
        .field_85(85)
        .field_86(86)
        .field_87(87)
        .field_88(88)
        .field_89(89)
        .field_90(90)
        .field_91(91)
        .field_92(92)
        .field_93(93)
        .field_94(94)
        .field_95(95)
        .field_96(96)
        .field_97(97)
        .field_98(98)
        .field_99(99)
        .field_0(7)
        .field_1(7)
        .field_2(7)
        .field_3(7)
        .field_4(7)
        .field_5(7)
        .field_6(7)
        .field_7(7)
        .field_8(7)
        .field_9(7)
        .field_10(7)
        .field_11(7)
        .field_12(7)
        .field_13(7)
        .field_14(7)
        .field_15(7)
        .field_16(7)
        .field_17(7)
        .field_18(7)
        .field_19(7)
}

const fn count(writes: &Writes) -> usize {
    match writes {
        Writes::Field { rest, .. } => 1 + count(rest),
        _ => 0,
    }
}

const fn last<U: Update<Large>>(_: fn() -> U) -> Writes {
    U::WRITES
}

/// The write set is known to the compiler, through the opaque type of a function.
const WRITES: usize = count(&last(update));

#[test]
fn a_hundred_fields_take_a_hundred_and_twenty_setters() {
    assert_eq!(WRITES, 120);
    assert_eq!(Large::FIELDS.len(), 100);
    let large: Large = new(update());
    assert_eq!(large.field_19, 7);
    assert_eq!(large.field_20, 20);
    assert_eq!(large.field_99, 99);
    let copied: Large = new(large);
    assert_eq!(copied.field_64, 64);
}
